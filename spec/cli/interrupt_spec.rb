# frozen_string_literal: true

require 'command_line'

RSpec.describe 'kaal, interrupted' do # rubocop:disable RSpec/DescribeClass
  include CommandLine

  it 'ends quietly, and what it has done is in the log' do
    write_app
    kaal!('tick')
    FileUtils.rm(path('calls'))
    write('hold', '')
    process = start('backfill', 'job', '--from', '2026-03-01T00:00:00Z', '--to', '2026-03-01T10:00:00Z')
    wait_for('a call', seconds: 20) { !read('calls').empty? }
    process.signal(:INT)
    expect([process.wait.exitstatus, process.output]).to eq([130, ''])
    expect(store.dispatch_registry.dispatched?('job', Time.utc(2026, 3, 1))).to be(true)
  end

  it 'ends quietly when nobody reads any more' do
    Open3.popen2e(*CommandLine::COMMAND, 'next', '* * * * * *', '--count', '100000', '--zone', 'UTC', chdir: folder) do |_in, out, process|
      expect(out.gets).to match(/Z\n\z/)
      out.close
      expect(process.value.exitstatus).to eq(0)
    end
  end
end
