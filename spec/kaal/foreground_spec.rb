# frozen_string_literal: true

# What signals do is in spec/cli/start_spec.rb, in processes of its own.
RSpec.describe 'The scheduler in the foreground' do # rubocop:disable RSpec/DescribeClass
  let(:calls) { Thread::Queue.new }
  let(:gate) { Thread::Queue.new }
  let(:returned) { Thread::Queue.new }

  # Shows nothing, and fails as soon as a job runs.
  let(:screen) do
    calls = self.calls
    gate = self.gate
    Class.new do
      define_method(:say) { |_line| nil }
      define_method(:refresh) do
        calls.pop
        gate.close
        raise IOError, 'no screen'
      end
    end.new
  end

  before do
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.register(key: 'job', cron: '* * * * * *', missed: :latest, enqueue: lambda { |**|
      calls << :begun
      gate.pop
      returned << :done
    })
  end

  def run = Kaal.const_get(:Foreground).new('kaal start', screen).run

  it 'is stopped by an exception that ends it, when the batch is done' do
    before = Signal.trap('TERM', 'DEFAULT')
    Signal.trap('TERM', 'DEFAULT')
    expect { run }.to raise_error(IOError, 'no screen')
    expect([Kaal.running?, returned.size]).to match([false, 1..])
    expect(Signal.trap('TERM', before)).to eq('DEFAULT')
  end

  it 'leaves a scheduler alone that runs already' do
    Kaal.start!
    expect { run }.to raise_error(RuntimeError, 'the scheduler already runs in this process')
    expect(Kaal.running?).to be(true)
  ensure
    gate.close
  end
end
