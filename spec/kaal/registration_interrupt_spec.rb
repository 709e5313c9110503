# frozen_string_literal: true

RSpec.describe Kaal, '.register, interrupted' do
  it 'leaves no entry behind' do
    waits = Queue.new
    described_class.definition_registry.define_singleton_method(:register_definitions) { |*| (waits << true) && sleep }
    thread = Thread.new { described_class.register(key: 'job', cron: '* * * * *', enqueue: ->(**) {}) }
    waits.pop
    thread.kill.join
    expect(described_class.registry.size).to eq(0)
  end
end
