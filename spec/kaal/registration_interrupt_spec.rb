# frozen_string_literal: true

RSpec.describe Kaal, '.register, interrupted' do
  it 'leaves no entry behind' do
    waits = Queue.new
    Kaal.definition_registry.define_singleton_method(:register_definitions) { |*| (waits << true) && sleep }
    thread = Thread.new { Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(**) {}) }
    waits.pop
    thread.kill.join
    expect(Kaal.registry.size).to eq(0)
  end
end
