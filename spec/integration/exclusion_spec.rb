# frozen_string_literal: true

require 'stores'
require 'tempfile'

# A lock is had by one. Everything else rests on that.
RSpec.describe 'Exclusion' do
  let(:keys) { Array.new(2_000) { |n| "key #{n}" } }
  let(:counter) { Tempfile.new('counter').tap { |file| file.write('0') && file.flush } }

  # Most in batches, in an order of its own, so that those of others come across.
  def won(adapter, number)
    order = keys.shuffle(random: Random.new(number))
    batches = order.drop(200).each_slice(25)
    order.first(200).select { |key| adapter.acquire(key, 300) } +
      batches.flat_map { |batch| batch.zip(adapter.acquire_many(batch, 300)).select(&:last).map(&:first) }
  end

  # Nothing but the lock keeps two from reading the same number.
  def count_up(adapter, times)
    times.times do
      sleep 0.001 until adapter.with_lock('counter', ttl: 300) { File.write(counter.path, File.read(counter.path).to_i + 1) }
    end
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before do
        store.begin
        counter
      end

      after { store.finish }

      it 'gives each of 2,000 keys to one of 8 processes' do
        answers = in_children(8) do |number|
          @adapter = store.adapter # as long as the process: its locks end with it
          won(@adapter, number)
        end
        expect(answers.flatten.tally.reject { |_, times| times == 1 }).to eq({})
        expect(answers.sum(&:size)).to eq(2_000)
      end

      it 'lets 8 processes count without losing one' do
        in_children(8) { count_up(store.adapter, 25) }
        expect(File.read(counter.path)).to eq('200')
      end
    end
  end

  context 'with the memory of one process' do
    let(:adapter) { Kaal::Backend::MemoryAdapter.new }

    def in_threads(&)
      Array.new(8) { |number| Thread.new(number, &) }.map(&:value)
    end

    it 'gives each of 2,000 keys to one of 8 threads' do
      answers = in_threads { |number| won(adapter, number) }
      expect([answers.flatten.uniq.size, answers.sum(&:size)]).to eq([2_000, 2_000])
    end

    it 'lets 8 threads count without losing one' do
      in_threads { count_up(adapter, 25) }
      expect(File.read(counter.path)).to eq('200')
    end
  end
end
