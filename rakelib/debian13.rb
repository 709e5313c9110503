# frozen_string_literal: true

require 'fileutils'
require_relative 'host_network'

# A Debian 13 in a folder, in which the suite runs. Its mounts are made in a namespace of their own,
# which ends with this process: nothing stays mounted or running, however a run ends.
class Debian13
  NAMESPACE = %w[setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child].freeze
  ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
  ENVIRONMENT = {
    'PATH' => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME' => '/root', 'LANG' => 'C.UTF-8',
    'TMPDIR' => '/build/tmp', 'CARGO_HOME' => '/build/cargo', 'CARGO_TARGET_DIR' => '/build/target'
  }.freeze

  # @param cache [String] the folder that keeps the root between runs
  def initialize(cache)
    @cache = cache
    @root = File.join(cache, 'debian13')
    # Exists while no program that changes the system in the root is at work, or was interrupted.
    @ready = "#{@root}.ready"
    @network = HostNetwork.new
  end

  # @param part [String] of `debian13_suite`
  def run(part)
    abort 'matrix:debian13 makes a system in a folder: run it as root' unless Process.uid.zero?
    FileUtils.mkdir_p(@cache)
    File.open("#{@root}.lock", 'w') do |lock|
      lock.flock(File::LOCK_EX)
      @lock = lock
      bootstrap unless File.exist?(@ready)
      copy_source
      @network.copy(@root)
      changing_the_system { enter('provision') }
      enter(part)
    end
  end

  private

  def bootstrap
    remove(@root)
    install_debootstrap
    changing_the_system do
      execute({}, *NAMESPACE, 'debootstrap', '--variant=minbase', '--include=ca-certificates', 'trixie', @root,
              @network.debian_mirror, out: "#{@root}.log")
      # No package starts a server.
      File.write(File.join(@root, 'usr/sbin/policy-rc.d'), "#!/bin/sh\nexit 101\n", perm: 0o755)
    end
  end

  def install_debootstrap
    return if ENV.fetch('PATH').split(':').any? { |folder| File.executable?(File.join(folder, 'debootstrap')) }

    execute({}, 'sh', '-c', 'apt-get update -qq && apt-get install -y -qq debootstrap debian-archive-keyring')
  end

  def changing_the_system
    FileUtils.rm_f(@ready)
    yield
    FileUtils.touch(@ready)
  end

  # With new times: cargo, whose results are kept, compares no contents.
  def copy_source
    remove(File.join(@root, 'build/source'))
    remove(File.join(@root, 'build/tmp'))
    FileUtils.mkdir_p(File.join(@root, 'build/tmp'))
    IO.popen(%w[git ls-files -z], &:read).split("\0").select { |file| File.file?(file) }.each do |file|
      target = File.join(@root, 'build/source', file)
      FileUtils.mkdir_p(File.dirname(target))
      FileUtils.cp(file, target)
    end
  end

  def enter(part)
    execute(ENVIRONMENT.merge(@network.environment), *NAMESPACE, 'sh', '-c', ENTER, @root,
            '/build/source/rakelib/debian13_suite', part, unsetenv_others: true)
  end

  # The children hold the lock too, so that none of them works in the root beside another run.
  def execute(environment, *command, **options)
    system(environment, *command, @lock => @lock, exception: true, **options)
  end

  def remove(folder)
    mounted = File.readlines('/proc/mounts').map { |line| line.split[1] }.grep(%r{\A#{Regexp.escape(folder)}(/|\z)})
    abort "not removed, something is mounted there: #{mounted.first}" unless mounted.empty?
    execute({}, 'rm', '-rf', '--one-file-system', folder)
  end
end
