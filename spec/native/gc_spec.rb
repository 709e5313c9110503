# frozen_string_literal: true

require 'gc_stress'

RSpec.describe 'The garbage collector' do
  let(:server) { RedisServer.shared }
  let(:key) { "key #{rand(1 << 40)}" }

  before { server.flush }

  def use_everything
    redis = Kaal::Backend::RedisAdapter.new(server.url)
    memory = Kaal::Backend::MemoryAdapter.new
    [redis, memory].each do |backend|
      expect([backend.acquire(key, 60), backend.acquire_many([key, "#{key}2"], 60), backend.release(key)])
        .to eq([true, [false, true], true])
      backend.dispatch_registry.log_dispatch(key, 60, 'node')
      expect(backend.dispatch_registry.find_dispatch(key, 60)).to include(key: key)
      backend.definition_registry.upsert_definition(key: key, cron: '@daily', metadata: { a: [1] })
      expect(backend.definition_registry.find_definition(key)).to include(metadata: { 'a' => [1] })
      backend.release("#{key}2")
    end
    expect { redis.acquire(nil, 1) }.to raise_error(TypeError)
    expect { Kaal.register(key: 'a', cron: 'x', enqueue: -> {}) }.to raise_error(Kaal::CronError)
    Kaal.register(key: key, cron: '* * * * *', enqueue: ->(**) {})
    Kaal.tick!
    Kaal.unregister(key: key)
  end

  it 'may run at every allocation of the extension' do
    GcStress.around(stressed: true) { use_everything }
  end

  it 'may move every object', :unstressed do
    skip 'this Ruby does not compact' unless GC.respond_to?(:compact) && GC.respond_to?(:auto_compact=)

    # In a child: extensions of other gems (that of rbs 2.1) lose what is moved, and crash later.
    in_child do
      GC.auto_compact = true
      5.times do
        GC.compact
        use_everything
      end
    end
  end

  it 'collects adapters that nobody uses any more', :unstressed do
    klass = Kaal.const_get(:Native)::Redis
    200.times { Kaal::Backend::RedisAdapter.new(server.url).acquire("key #{rand}", 1) }
    GC.start
    expect(ObjectSpace.each_object(klass).count).to be < 100
  end
end
