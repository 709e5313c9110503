# frozen_string_literal: true

require 'etc'
require 'fileutils'

# Servers that refuse to run as root run as the user that their Debian package made, where the suite
# runs as root; else as the suite's user. What includes this has a `folder` and the name of that `user`.
module Unprivileged
  private

  def root?
    Process.uid.zero?
  end

  # `setpriv` becomes the program, so that its process is the server's own.
  def unprivileged(*command)
    return command unless root?

    ['setpriv', "--reuid=#{user}", "--regid=#{Etc.getpwnam(user).gid}", '--init-groups', *command]
  end

  def hand_over(*paths)
    FileUtils.chown(user, Etc.getpwnam(user).gid, paths) if root?
  end

  # Certificates and keys lie where only the suite may read, and servers mind who else may read a key.
  def with_own_files(settings)
    settings.transform_values do |value|
      value.to_s.start_with?('/') && File.file?(value) ? own_copy(value) : value
    end
  end

  def own_copy(file)
    File.join(folder, File.basename(file)).tap do |copy|
      FileUtils.cp(file, copy)
      File.chmod(0o600, copy)
      hand_over(copy)
    end
  end
end
