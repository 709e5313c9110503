# frozen_string_literal: true

# The tasks `native:PLATFORM` and `gem`, in the containers of rb-sys-dock only, which set this variable and have the gem
# rake-compiler. Elsewhere `rake package` is all that is needed.
if ENV['RUBY_TARGET']
  require 'rb_sys/extensiontask'

  RbSys::ExtensionTask.new('kaal_rs', Gem::Specification.load('kaal-rs.gemspec')) { |task| task.lib_dir = 'lib/kaal' }
end
