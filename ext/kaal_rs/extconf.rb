# frozen_string_literal: true

# Builds the extension with cargo: through the gem rb_sys where it is installed, else by a small
# Makefile of our own, which needs nothing but Ruby and cargo.

require 'mkmf'
require 'rbconfig'
require 'shellwords'

OLDEST_CARGO = Gem::Version.new('1.85')

def check_cargo
  cargo = ENV.fetch('CARGO', 'cargo')
  found = IO.popen([cargo, '--version'], &:read)[/\d+\.\d+(\.\d+)?/]
  return if found && Gem::Version.new(found) >= OLDEST_CARGO

  abort "kaal-rs needs cargo #{OLDEST_CARGO} or later to build, found #{found || 'another program'} as #{cargo}. " \
        'Debian 12: apt install cargo-web; Debian 13: apt install cargo; elsewhere: https://rustup.rs'
rescue SystemCallError
  abort "kaal-rs needs Rust to build, and #{cargo} was not found. " \
        'Debian 12: apt install cargo-web; Debian 13: apt install cargo; elsewhere: https://rustup.rs'
end

def rb_sys?
  require 'rb_sys/mkmf'
  true
rescue LoadError
  false
end

# A target folder of our own is removed after the install: it is a hundred times the extension.
def makefile(source, own_target)
  target = ENV.fetch('CARGO_TARGET_DIR', own_target)
  flags = RUBY_PLATFORM.include?('darwin') ? 'RUSTFLAGS="-C link-arg=-Wl,-undefined,dynamic_lookup" ' : ''
  library = "libkaal_rs.#{RbConfig::CONFIG['SOEXT']}"
  extension = "kaal_rs.#{RbConfig::CONFIG['DLEXT']}"
  <<~MAKE
    sitearchdir = #{RbConfig::CONFIG['sitearchdir']}

    all: #{extension}

    #{extension}: force
    	#{flags}RUBY=#{RbConfig.ruby.shellescape} $${CARGO:-cargo} build --release --locked \\
    	  --manifest-path #{File.join(source, 'Cargo.toml').shellescape} --target-dir #{target.shellescape}
    	cp #{File.join(target, 'release', library).shellescape} $@

    install: #{extension}
    	mkdir -p "$(DESTDIR)$(sitearchdir)/kaal"
    	cp #{extension} "$(DESTDIR)$(sitearchdir)/kaal/#{extension}"
    	rm -rf #{own_target.shellescape}

    clean:
    	rm -rf #{own_target.shellescape} #{extension}

    distclean: clean
    	rm -f Makefile

    force:

    .PHONY: all install clean distclean force
  MAKE
end

check_cargo
if rb_sys?
  create_rust_makefile('kaal/kaal_rs') { |builder| builder.extra_cargo_args += ['--locked'] }
else
  File.write('Makefile', makefile(__dir__, File.join(Dir.pwd, 'target')))
end
