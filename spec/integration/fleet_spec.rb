# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'
require_relative '../../demo/fleet'

# Processes that share an every-second schedule on one store. KAAL_FLEET_SECONDS=10 for a short run.
RSpec.describe 'A fleet' do
  let(:seconds) { Integer(ENV.fetch('KAAL_FLEET_SECONDS', 60)) }
  let(:fleet) { Fleet.new(address) }

  after { fleet.stop }

  shared_examples 'a fleet' do
    it 'runs every second once, also with a forked process, a killed one and one that comes later' do
      fleet.start('plain')
      fleet.start('killed')
      fleet.start('forked', 'forked')
      first = Time.now.to_i + 1
      halfway = first + (seconds / 2)
      sleep(halfway - Time.now.to_f) # to the turn of a second, when all claim
      fleet.kill('killed', :KILL)
      fleet.start('later')
      last = first + seconds - 1
      fleet.wait_for_run(seconds: seconds + 10) { |run| run.fire_time >= last }
      fleet.stop('plain', 'later')
      fleet.wait_for_run { |run| run.node == 'forked' && run.fire_time > last }
      fleet.stop

      report = fleet.report(first, last)
      name(report.claimed_only)
      expect([report.duplicates, report.losses]).to eq([[], []])
      # The killed process may have taken this with it, and nothing else.
      expect(report.claimed_only - [halfway - 1, halfway]).to eq([])
    end

    it 'loses only what a process had claimed and not called when it was killed, and the log names that' do
      first = Time.now.to_i
      fleet.start('dying', 'dying')
      fleet.wait('dying')
      died = Time.now.to_i
      fleet.start('plain')
      last = fleet.wait_for_run { |run| run.fire_time > died }.fire_time
      fleet.stop

      expect(fleet.report(first, last)).to have_attributes(duplicates: [], losses: [], by_node: include('plain'))
      # It began with the oldest run of its look-back, and claimed no more than that.
      expect(fleet.report(first - 20, last).claimed_only).to contain_exactly(be <= died)
    end

    it 'runs nothing again when a process goes on after a pause that all its leases ended in' do
      fleet.start('paused', 'brief')
      first = fleet.wait_for_run { |run| run.node == 'paused' }.fire_time
      fleet.start('other', 'brief')
      fleet.kill('paused', :STOP)
      paused = Time.now.to_i
      fleet.wait_for_run { |run| run.fire_time > paused + 4 }
      fleet.kill('paused', :CONT)
      fleet.stop('other')
      stopped = Time.now.to_i
      last = fleet.wait_for_run { |run| run.fire_time > stopped }.fire_time
      fleet.stop

      report = fleet.report(first, last)
      expect([report.duplicates, report.losses, report.claimed_only]).to eq([[], [], []])
      expect(report.by_node.keys).to contain_exactly('paused', 'other')
    end
  end

  context 'with one Redis' do
    let(:server) { RedisServer.new }
    let(:address) { server.url }

    after { server.stop }

    it_behaves_like 'a fleet'
  end

  context 'with one SQLite file' do
    let(:folder) { Dir.mktmpdir('kaal-fleet') }
    let(:address) { File.join(folder, 'kaal.sqlite3') }
    let(:seconds) { [super() / 3, 4].max }

    after { FileUtils.rm_rf(folder) }

    it_behaves_like 'a fleet'
  end

  def name(fire_times)
    return if fire_times.empty?

    RSpec.configuration.reporter.message("claimed by the killed process and not called: #{fire_times.join(', ')}")
  end
end
