# frozen_string_literal: true

require 'tmpdir'

RSpec.describe Kaal::Coordinator, '#tick! in a forked child' do
  def tick_in_child
    pid = fork do
      Kaal.tick!
    ensure
      exit!
    end
    Process.wait(pid)
  end

  it 'leaves to the parent what the parent has claimed' do
    Dir.mktmpdir do |folder|
      called = File.join(folder, 'called')
      at = Time.now
      Kaal.configure { |config| config.backend = Kaal::Backend::SQLiteAdapter.new(path: File.join(folder, 'kaal.sqlite3')) }
      parent = Process.pid
      forked = false
      callback = lambda do |idempotency_key:, **|
        File.write(called, "#{idempotency_key}\n", mode: 'a')
        next if forked || Process.pid != parent

        forked = true
        tick_in_child
      end
      4.times { |number| Kaal.register(key: "job-#{number}", cron: '* * * * *', enqueue: callback) }
      Kaal.coordinator.instance_variable_get(:@dispatcher).instance_variable_get(:@pace).took_nothing
      allow(Time).to receive(:now).and_return(at)
      Kaal.tick!
      lines = File.readlines(called)
      expect(lines.size).to eq(8)
      expect(lines.uniq).to match_array(lines)
    end
  end
end
