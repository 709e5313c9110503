# frozen_string_literal: true

require 'fileutils'
require 'mariadb_server'
require 'open3'
require 'postgres_server'
require 'rbconfig'
require 'redis_server'

# Runs blocks of the documentation in a folder, each in a process of its own, which finds kaal-rs and real stores.
class CodeBlockRunner
  ROOT = File.expand_path('../..', __dir__)
  EXAMPLE_PROCESS = File.join(__dir__, 'example_process.rb')
  # The stores, emptied, for blocks that name these variables.
  STORES = {
    'REDIS_URL' => -> { RedisServer.shared.tap(&:flush).url },
    'DATABASE_URL' => -> { PostgresServer.shared.tap(&:end_sessions).tap(&:reset).url },
    'MYSQL_URL' => -> { MariadbServer.shared.tap(&:end_sessions).tap(&:reset).url }
  }.freeze

  def initialize(folder)
    @folder = folder
  end

  # @return [String] what it prints
  # @raise [RuntimeError] when it fails; says where
  def run(block)
    block.files.each { |name, text| write(name, text) }
    output, status = block.language == 'sh' ? shell(block) : ruby(block)
    raise "#{block.place}: #{output}" unless status.success?

    output
  end

  private

  def write(name, text)
    path = File.join(@folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
  end

  def shell(block)
    code = code_of(block)
    Open3.capture2e(environment(code), 'bash', '-euo', 'pipefail', '-c', code, chdir: @folder, stdin_data: '')
  end

  # As a file of the folder, where what it requires lies. Lines count from the block: a set-up comes before it.
  def ruby(block)
    code = code_of(block)
    line = block.line + 1 - block.notes.fetch('setup', '').lines.size
    place = File.join(@folder, File.basename(block.file))
    command = [RbConfig.ruby, '-rkaal-rs', EXAMPLE_PROCESS, place, line.to_s]
    Open3.capture2e(environment(code), *command, stdin_data: code, chdir: @folder)
  end

  def code_of(block)
    [*block.earlier, block].flat_map { |part| [part.notes['setup'], part.code, part.notes['check']] }.compact.join("\n")
  end

  def environment(code)
    wanted = STORES.select { |name, _| code.include?(name) }.transform_values(&:call)
    { 'RUBYLIB' => File.join(ROOT, 'lib'), 'PATH' => "#{ROOT}/exe:#{ENV.fetch('PATH')}", 'TZ' => 'UTC' }.merge(wanted)
  end
end
