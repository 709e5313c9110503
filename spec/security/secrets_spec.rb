# frozen_string_literal: true

require 'app_database'
require 'certificates'
require 'command_line'
require 'delayed_jobs'
require 'kaal/allora'
require 'kaal/doctor'
require 'mariadb_server'
require 'postgres_server'
require 'redis'
require 'socket'
require 'telling'

# A password is planted wherever one can be given, and everything fails that can: nothing that is printed, raised,
# reported or inspected has it.
RSpec.describe 'A secret' do
  include AppDatabase
  include Telling

  # As it is, and as URLs have it.
  secret = 's3cret/p@ss:%#word?'
  encoded = ERB::Util.url_encode(secret)

  def expect_no_secret(heard)
    expect(everything).not_to match(/s3cret|p%40ss|p@ss/i)
    expect(everything).to match(heard) # it did fail, and said so
  end

  # Everything that there is to inspect of a backend, and everything that asks its store.
  def use(backend)
    Kaal.backend = backend
    Kaal.configuration.enable_log_dispatch_registry = true
    telling { Kaal.register(key: 'job', cron: '* * * * * *', enqueue: ->(**) {}) }
    asks = [
      -> { backend.acquire('key', 60) }, -> { backend.release('key') }, -> { backend.acquire_many(%w[a b], 60) }, -> { Kaal.tick! },
      -> { Kaal.enqueue_at(at: Time.now, job_class: Mailing::Report, args: [], job_id: 'a') }, -> { Kaal.delayed_jobs }, -> { Kaal.job_statuses }, -> { Kaal.clock_skew },
      -> { Kaal.dispatched?('job', 60) }, -> { Kaal::Doctor.new.findings.each { |finding| tell(finding.to_h) } },
      -> { Kaal.dispatch_now('job') }, -> { Kaal.create_tables! }
    ]
    asks.each { |ask| telling(&ask) }
    [backend, Kaal.configuration, Kaal.configuration.to_h, Kaal.coordinator, Kaal.registry, Kaal::Doctor.new].each { |thing| tell(thing) }
    %i[dispatch_registry definition_registry delayed_store open_claims intervals].each { |name| telling { tell(backend.public_send(name)) } }
    telling { backend.no_such_method }
  end

  def using
    use(yield)
  rescue StandardError => e
    tell(e)
  end

  # Where nobody listens.
  closed = -> { ServerProcess.free_port }

  # Where somebody listens who is no store, and says something else.
  def stranger
    server = TCPServer.new('127.0.0.1', 0)
    answering = Thread.new { loop { server.accept.tap { |client| client.write("HTTP/1.1 400 Bad Request\r\n\r\n") }.close } }
    yield server.addr[1]
  ensure
    answering&.kill
    server&.close
  end

  # With a URL or settings, and a name and password as well.
  adapters = {
    'Redis' => [Kaal::Backend::RedisAdapter, 'redis', '0', -> { RedisServer.shared.port }],
    'PostgreSQL' => [Kaal::Backend::PostgresAdapter, 'postgres', 'kaal_test', -> { PostgresServer.shared.port }],
    'MySQL' => [Kaal::Backend::MySQLAdapter, 'mysql2', 'kaal_test', -> { MariadbServer.shared.port }]
  }

  adapters.each do |name, (adapter, scheme, database, port_of_server)|
    describe "of #{name}" do
      ways = {
        'a URL' => ->(port) { adapter.new("#{scheme}://nobody:#{encoded}@127.0.0.1:#{port}/#{database}") },
        'a keyword' => ->(port) { adapter.new("#{scheme}://127.0.0.1:#{port}/#{database}", username: 'nobody', password: secret) },
        'a proc' => ->(port) { adapter.new("#{scheme}://nobody@127.0.0.1:#{port}/#{database}", username: 'nobody', password: -> { secret }) },
        'a URL of a proc' => ->(port) { adapter.new(-> { "#{scheme}://nobody:#{encoded}@127.0.0.1:#{port}/#{database}" }) }
      }
      unless name == 'Redis'
        ways['settings'] = lambda do |port|
          adapter.new({ host: '127.0.0.1', port: port, username: 'nobody', password: secret, database: database })
        end
        ways['the query of a URL'] = ->(port) { adapter.new("#{scheme}://127.0.0.1:#{port}/#{database}?username=nobody&password=#{encoded}") }
      end

      ways.each do |way, make|
        it "in #{way} is not told where nobody listens" do
          using { make.call(closed.call) }
          expect_no_secret(/refused/i)
        end

        it "in #{way} is not told where somebody else listens" do
          stranger { |port| using { make.call(port) } }
          expect_no_secret(/acquire failed for key: /)
        end

        it "in #{way} is not told by a server that refuses it" do
          using { make.call(port_of_server.call) }
          expect_no_secret(/nobody|WRONGPASS/)
        end
      end

      {
        'raises' => -> { raise KeyError, secret }, 'gives no text' => -> { [secret] }, 'gives another kind of URL' => -> { "http://u:#{secret}@h" },
        'gives half a URL' => -> { "#{scheme}://u:#{secret}@h/#{database}" }
      }.each do |what, proc|
        it "is not told where a proc for it #{what}" do
          using { adapter.new("#{scheme}://nobody@127.0.0.1:1/#{database}", username: 'nobody', password: proc) }
          using { adapter.new(proc) }
          expect_no_secret(/proc|URL/)
        end
      end

      [
        "#{scheme}://u:#{secret}@h/#{database}", "#{scheme}://u:12/#{secret}@h/#{database}", "#{scheme}://u:#{encoded}@h:port/#{database}",
        "#{scheme}://u:#{encoded} @h/#{database}", "other://u:#{encoded}@h/#{database}", "#{scheme}://u:#{encoded}%ff@h/#{database}",
        "#{scheme}://u:#{encoded}@h/#{database}?sslmode=no&ssl_mode=no"
      ].each do |url|
        it "in #{url.inspect} is not told" do
          using { adapter.new(url) }
          file = Kaal::ConfigurationFile.new('/nowhere.yml', variables: { 'KAAL_BACKEND_URL' => url })
          tell(file)
          telling { file.apply(Kaal.configuration) }
          telling { tell(Kaal.configuration) }
          expect_no_secret(/Kaal/)
        end
      end
    end
  end

  it 'of an app, in config/database.yml, is not told' do
    ActiveRecord::Base.establish_connection(adapter: 'postgresql', database: 'kaal_test', host: '127.0.0.1', port: closed.call,
                                            username: 'nobody', password: secret)
    using { Kaal::Backend::PostgresAdapter.new }
    expect_no_secret(/refused/i)
  ensure
    disconnect_app
  end

  it 'of a client of Redis is not told' do
    using { Kaal::Backend::RedisAdapter.new(Redis.new(host: '127.0.0.1', port: closed.call, username: 'nobody', password: secret)) }
    wrapped = Class.new(SimpleDelegator).new(Redis.new(host: '127.0.0.1', port: RedisServer.shared.port, password: secret))
    using { Kaal::Backend::RedisAdapter.new(wrapped) }
    expect_no_secret(/refused|WRONGPASS|AUTH/i)
  end

  it 'of a key for TLS is not told' do
    certificates = Certificates.new
    pem = File.read(certificates.client_key)
    file = File.join(Dir.mktmpdir, 'key.pem').tap { |path| File.write(path, pem.sub(/^[^-]{20}/, 's3cret')) }
    using do
      Kaal::Backend::PostgresAdapter.new({ host: 'localhost', port: closed.call, sslmode: 'require', sslcert: certificates.client_cert, sslkey: file })
    end
    expect(everything).not_to include(pem.lines[2].chomp)
    expect_no_secret(/refused|key/)
  ensure
    certificates.remove
  end

  it 'of a queue is not told' do
    [closed.call, RedisServer.shared.port].each do |port|
      server = Kaal::Queue::Server.new(->(*) {}, "redis://nobody:#{encoded}@127.0.0.1:#{port}")
      [-> { server.call({}) }, -> { server.status }, -> { server.dead }, -> { server.find('a') }, -> { server.start }, -> { server.stop(timeout: 1) }]
        .each { |ask| telling(&ask) }
      tell(server)
    end
    ["redis://u:#{secret}@h", "http://u:#{encoded}@h"].each { |url| telling { tell(Kaal::Queue::Client.new(url)) } }
    telling { Kaal::Queue::Client.new(Redis.new(password: -> { secret })) }
    expect_no_secret(/refused/i)
  end

  it 'of Allora is not told' do
    [closed.call, RedisServer.shared.port].each do |port|
      backend = Kaal::Allora::Backend::Redis.new(host: '127.0.0.1', port: port, username: 'nobody', password: secret)
      scheduler = Kaal::Allora::Scheduler.new(backend: backend)
      telling { backend.reschedule({}) }
      [backend, scheduler].each { |thing| tell(thing) }
    end
    telling { Kaal::Allora::Backend::Redis.new(url: "redis://u:#{secret}@h") }
    expect_no_secret(/Allora/)
  end

  describe 'on the command line' do
    include CommandLine

    files = {
      'in config/kaal.yml' => ->(port) { ["defaults: { backend: redis, backend_config: { url: 'redis://nobody:#{encoded}@127.0.0.1:#{port}' } }", {}] },
      'as settings in config/kaal.yml' => lambda do |port|
        ["defaults: { backend: postgres, backend_config: { host: 127.0.0.1, port: #{port}, username: nobody, password: '#{secret}' } }", {}]
      end,
      'in KAAL_BACKEND_URL' => ->(port) { ['', { KAAL_BACKEND_URL: "mysql2://nobody:#{encoded}@127.0.0.1:#{port}/kaal" }] },
      'in KAAL_BACKEND' => ->(_port) { ['', { KAAL_BACKEND: "redis://nobody:#{encoded}@127.0.0.1" }] },
      'in YAML that is none' => ->(_port) { ["defaults: { backend_config: { url: redis://:#{secret}@h", {}] },
      'in the wrong place' => ->(_port) { ["defaults: { backend_config: 'redis://:#{encoded}@h', backend: 'redis://:#{encoded}@h' }", {}] },
      'beside unknown settings' => ->(_port) { ["defaults: { backend: redis, backend_config: { password: '#{secret}', pool: 2 } }", {}] },
      'in ERB that fails' => ->(_port) { ["defaults: <%= ENV.fetch('KAAL_SECRET').no_such_method %>", { KAAL_SECRET: secret }] }
    }
    files.each do |where, make|
      it "#{where} is not told" do
        yaml, variables = make.call(closed.call)
        write('config/kaal.yml', yaml)
        write('config/scheduler.yml', 'defaults: { jobs: [{ key: a, cron: "@daily", job_class: String }] }')
        %w[doctor status tick history].each do |command|
          process = start(command, **variables)
          process.wait
          tell(process.output)
        end
        expect_no_secret(/kaal: |refused/)
      end
    end
  end
end
