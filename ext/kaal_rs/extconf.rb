# frozen_string_literal: true

# Builds the extension with cargo: through the gem rb_sys where it is installed, else by a small
# Makefile of our own, which needs nothing but Ruby and cargo.

begin
  require_relative '../../lib/kaal/platform'
rescue LoadError => e
  abort e.message
end

require 'mkmf'
require 'rbconfig'
require 'shellwords'

OLDEST_RUST = Gem::Version.new('1.85') # Debian stable's; Cargo.toml's rust-version
GET_RUST = 'Debian 12: apt install cargo-web; Debian 13: apt install cargo; elsewhere: https://rustup.rs'

# cargo and the compiler it calls may come from different places.
def check_rust
  [ENV.fetch('CARGO', 'cargo'), ENV.fetch('RUSTC', 'rustc')].each do |program|
    found = IO.popen([program, '--version'], &:read)[/\d+\.\d+(\.\d+)?/]
    next if found && Gem::Version.new(found) >= OLDEST_RUST

    refuse("#{program} is #{found || 'another program'}")
  rescue SystemCallError
    refuse("#{program} was not found")
  end
end

def refuse(reason)
  abort "kaal-rs needs Rust #{OLDEST_RUST} or later to build, and #{reason}. #{GET_RUST}"
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

check_rust
if rb_sys?
  create_rust_makefile('kaal/kaal_rs') { |builder| builder.extra_cargo_args += ['--locked'] }
else
  File.write('Makefile', makefile(__dir__, File.join(Dir.pwd, 'target')))
end
