# frozen_string_literal: true

require 'code_block'
require 'command_line'

# What docs/cli.md shows is what there is to see.
RSpec.describe 'kaal start under tmux' do # rubocop:disable RSpec/DescribeClass
  include CommandLine

  let(:socket) { path('tmux') }
  let(:documented) { CodeBlock.named('docs/cli.md', 'a terminal').lines }

  after { tmux('kill-server') }

  def tmux(*arguments)
    Open3.capture2e('tmux', '-S', socket, '-f', File::NULL, *arguments).first
  end

  # Whatever the time, the place and the figures are.
  def shape(lines)
    lines.map { |line| line.chomp.gsub(/\d+/, '0').sub(%r{ /\S*/config}, ' config') }.reject(&:empty?).uniq
  end

  it 'looks as documented' do
    kaal!('init')
    write('config/scheduler.yml', read('config/scheduler.yml').sub('*/10 *', '* *'))
    store # with no run to make up for
    Kaal.definition_registry.upsert_definition(key: 'hello', cron: '* * * * * *', source: 'file')
    log = Kaal.dispatch_log_registry
    now = Time.now.to_i
    log.log_dispatches(Array.new(125) { |ago| ['hello', now - ago + 2] }, 'node')
    tmux('new-session', '-d', '-x', '120', '-y', '50', '-c', folder, *CommandLine::COMMAND, 'start')
    screen = []
    wait_for('two runs', seconds: 20) { (screen = tmux('capture-pane', '-p').lines).grep(/dispatched, due/).size > 1 }
    expect(shape(screen)).to eq(shape(documented))
  end

  it 'ends with its terminal, and lets a callback return before' do
    write_app(cron: '* * * * * *')
    write('hold', '')
    tmux('new-session', '-d', '-c', folder, *CommandLine::COMMAND, 'start')
    wait_for('a callback', seconds: 20) { File.exist?(path('calls')) }
    pid = tmux('display-message', '-p', '#{pane_pid}').to_i # rubocop:disable Lint/InterpolationCheck
    tmux('kill-server')
    sleep 0.1 until tmux('list-sessions').include?('no server')
    expect(running?(pid)).to be(true)
    FileUtils.rm(path('hold'))
    wait_for('its end', seconds: 20) { !running?(pid) }
  end

  # A child of nobody's, which may stay as a zombie where nothing reaps those.
  def running?(pid)
    !File.read("/proc/#{pid}/stat").split[2].match?(/[ZX]/)
  rescue Errno::ENOENT, Errno::ESRCH
    false
  end
end
