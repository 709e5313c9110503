# frozen_string_literal: true

require 'json'
require 'rbconfig'
require 'tempfile'

# A Ruby process for which host names are what a file says, and which may change: to the resolver of the system it is
# /etc/hosts, which is no test's to write to.
class Hosts
  LIBRARY = 'libnss_wrapper.so'

  # @param script [String] defines a method `answer(line)`
  def initialize(script)
    @hosts = Tempfile.new('hosts')
    environment = { 'LD_PRELOAD' => LIBRARY, 'NSS_WRAPPER_HOSTS' => @hosts.path }
    lib = File.expand_path('../../lib', __dir__)
    loop = 'while (line = gets); $stdout.puts(JSON.generate(answer(JSON.parse(line)))); $stdout.flush; end'
    @process = IO.popen([environment, RbConfig.ruby, '-I', lib, '-r', 'json', '-r', 'kaal', '-e', "#{script}\n#{loop}"], 'r+')
  end

  # From now on the name is that of this address.
  def set(name, address)
    File.write(@hosts.path, "#{address} #{name}\n")
    # It is read again when its time has changed, in seconds.
    @time = [@time.to_i + 1, Time.now.to_i].max
    File.utime(@time, @time, @hosts.path)
  end

  # What the process makes of it.
  def ask(question)
    @process.puts(JSON.generate(question))
    JSON.parse(@process.gets, symbolize_names: true)
  end

  def close
    @process.close
    @hosts.close!
  end
end
