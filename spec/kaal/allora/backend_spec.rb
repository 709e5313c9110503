# frozen_string_literal: true

require 'allora_node'
require 'delegate'
require 'kaal/allora'

RSpec.describe Allora::Backend do
  let(:server) { RedisServer.shared }
  let(:client) { server.inspector }
  let(:start) { Time.at(1_700_000_000) }
  let(:jobs) { { 'fast' => Allora::Job::EveryJob.new(10), 'slow' => Allora::Job::EveryJob.new(25) } }

  before { server.flush }

  # Which jobs run at a poll so many seconds later.
  def poll(backend, later)
    allow(Time).to receive(:now).and_return(start + later)
    backend.reschedule(jobs).keys
  end

  def stored
    %w[job_fast job_slow last_run].map { |key| client.get("allora_#{key}")&.to_i&.-(start.to_i) }
  end

  it 'is abstract' do
    expect { described_class.new.reschedule({}) }.to raise_error(NotImplementedError, /must implement reschedule/)
  end

  shared_examples 'a backend of Allora' do
    it 'gives each job when its time has come, once, and moves it on from there' do
      expect([0, 9.9, 10.2, 10.3, 25, 26, 37].map { |later| poll(backend, later) })
        .to eq([[], [], ['fast'], [], %w[fast slow], [], ['fast']])
    end

    it 'gives the job of that name' do
      poll(backend, 0)
      allow(Time).to receive(:now).and_return(start + 10)
      expect(backend.reschedule(jobs)).to eq('fast' => jobs['fast'])
    end

    it 'takes no job that is new for one that is due' do
      poll(backend, 0)
      jobs['new'] = Allora::Job::EveryJob.new(5)
      expect([poll(backend, 1), poll(backend, 4.9), poll(backend, 5)]).to eq([[], [], ['new']])
    end

    it 'has nothing to do without jobs' do
      expect(backend.reschedule({})).to eq({})
    end
  end

  describe described_class::Memory do
    let(:backend) { described_class.new }

    it_behaves_like 'a backend of Allora'
  end

  describe described_class::Redis do
    def make(**options)
      described_class.new(url: server.url, **options)
    end

    let(:backend) { make }

    it_behaves_like 'a backend of Allora'

    context 'with a client that no connection can be derived from' do
      let(:backend) { described_class.new(client: Redis.new(url: server.url).tap { |redis| def redis.mine = nil }) }

      it_behaves_like 'a backend of Allora'

      it 'tells what it failed of' do
        broken = described_class.new(client: Redis.new(url: 'redis://127.0.0.1:1').tap { |redis| def redis.mine = nil })
        expect { broken.reschedule(jobs) }.to raise_error(Kaal::Backend::StoreError)
      end
    end

    it 'has one run of each among nodes, and Allora\'s among them' do
      plain = AlloraNode.new(client, { 'fast' => 10, 'slow' => 25 })
      other = make
      polls = [backend, other].map { |node| ->(later) { poll(node, later) } } << ->(later) { plain.poll(start + later) }
      taken = [0, 10, 20, 25, 30, 50].flat_map { |later| polls.rotate!.flat_map { |poll| poll.call(later).map { |name| [name, later] } } }
      expect(taken).to eq([['fast', 10], ['fast', 20], ['slow', 25], ['fast', 30], ['fast', 50], ['slow', 50]])
    end

    describe 'where answers get lost' do
      # A client that carries out what it is told to and loses the answers to some calls, by their numbers.
      let(:losing_client) do
        losing = Class.new(SimpleDelegator) do
          attr_writer :lost

          def eval(...)
            super.tap { raise Redis::ConnectionError, 'lost' if (@lost -= 1).zero? }
          end
        end
        losing.new(Redis.new(url: server.url))
      end
      let(:losing) { make(client: losing_client, reset: false) }

      def poll_losing(call, later)
        losing_client.lost = call
        poll(losing, later)
      rescue Kaal::Backend::StoreError
        :lost
      end

      { 1 => 'the only', 2 => 'the second' }.each do |call, which|
        it "gives what it took at the next poll, once: #{which} answer" do
          poll(backend, 0)
          jobs['new'] = Allora::Job::EveryJob.new(5) if call == 2
          expect([poll_losing(call, 10), poll(backend, 10), *[10.3, 10.6, 20].map { |later| poll_losing(0, later) }])
            .to eq([:lost, [], jobs.keys - ['slow'], [], jobs.keys - ['slow']])
        end
      end

      it 'takes nothing before the next runs are set that are absent, nor forgets from when on they count' do
        poll(make(reset: false), 0)
        client.del('allora_job_slow')
        expect([poll_losing(1, 600), stored]).to eq([:lost, [10, nil, 0]])
        expect([poll_losing(0, 601), poll_losing(0, 602)]).to eq([%w[fast slow], []])
      end

      it 'has one run of each all the same, with Allora\'s nodes among ours' do
        jobs.replace(Array.new(10) { |number| ["job #{number}", Allora::Job::EveryJob.new(1)] }.to_h)
        plain = AlloraNode.new(client, jobs.transform_values { 1 })
        taken = (0..40).flat_map do |later|
          # Who comes first changes; ours asks until it has heard an answer.
          ours = -> { (0..2).flat_map { |try| Array(poll_losing(try.zero? ? later % 2 : 0, later)) } - [:lost] }
          theirs = -> { plain.poll(start + later) }
          [ours, theirs].rotate(later / 2 % 2).flat_map(&:call).map { |name| [name, later] }
        end
        expect(taken).to match_array(jobs.keys.product((1..40).to_a))
      end
    end

    it 'keeps next runs and last poll as Allora does' do
      poll(backend, 0)
      expect(stored).to eq([10, 25, 0])
      poll(backend, 12)
      expect([stored, client.type('allora_job_fast'), client.ttl('allora_job_fast')]).to eq([[22, 25, 12], 'string', -1])
    end

    it 'runs once what was due while no node polled, also where nothing was known of it' do
      AlloraNode.new(client, { 'fast' => 10 }).poll(start)
      expect([poll(make(reset: false), 600), poll(make(reset: false), 601)]).to eq([%w[fast slow], []])
      expect(stored).to eq([610, 625, 601])
    end

    it 'lets next runs end where it is told to' do
      poll(make(ttl: 60), 0)
      poll(make(ttl: 60), 10)
      expect([client.ttl('allora_job_fast'), client.ttl('allora_job_slow')]).to match([be_between(59, 60), -1])
    end

    describe 'a reset' do
      let(:log) { StringIO.new }

      def told
        log.string.scan(/\[Allora\] .*/)
      end

      def make(**options)
        super.tap { |backend| backend.logger = Logger.new(log) }
      end

      it 'waits for the first poll, and is of this scheduler\'s jobs only' do
        client.mset('allora_job_fast', start.to_i + 9_999, 'allora_job_other', 5, 'allora_last_run', start.to_i - 61)
        backend
        expect(stored.first).to eq(9_999)
        expect(poll(backend, 0)).to eq(%w[fast slow]) # due since the last poll
        expect([client.get('allora_job_other'), stored]).to eq(['5', [10, 25, 0]])
        expect(told).to eq(['[Allora] the next runs of 2 jobs are reset'])
        client.set('allora_job_fast', start.to_i + 9_999)
        poll(backend, 100)
        expect(stored.first).to eq(9_999)
      end

      it 'is left out where a node has polled within a minute' do
        client.mset('allora_job_fast', start.to_i + 9_999, 'allora_last_run', start.to_i - 59)
        poll(backend, 0)
        expect([stored.first, told]).to eq([9_999, ['[Allora] the next runs of jobs are not reset: a node has polled within the last 60 s']])
      end

      it 'is left out where it is told so' do
        client.set('allora_job_fast', start.to_i + 9_999)
        poll(make(reset: false), 0)
        expect([stored.first, told]).to eq([9_999, []])
      end
    end

    it 'has its readers, and tells nobody the password' do
      backend = described_class.new(host: 'localhost', port: server.port, password: 'secret', prefix: :app, ttl: 5)
      expect(backend).to have_attributes(prefix: 'app', ttl: 5, options: nil, redis: an_instance_of(Redis))
      expect(backend.inspect).to eq('#<Kaal::Allora::Backend::Redis prefix="app">')
      expect(described_class.new(client: client).redis.equal?(client)).to be(true)
    end

    {
      { hots: 'x' } => /unknown option hots, expected client, url, host/, { url: 'redis://localhost', db: 1 } => /url says it all/,
      { ttl: 0 } => 'ttl must be a number of seconds from 1, is 0', { client: 5 } => /redis client must respond to :set and :eval/
    }.each do |options, message|
      it "refuses #{options}" do
        expect { described_class.new(options) }.to raise_error(ArgumentError, message)
      end
    end
  end
end
