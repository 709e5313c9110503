# frozen_string_literal: true

require 'fileutils'
require 'openssl'
require 'tmpdir'

# A certificate authority for one example, with a certificate for `localhost` and one for a client, and others when
# they are asked for.
class Certificates
  attr_reader :ca, :roots, :server_cert, :server_key, :client_cert, :client_key

  def initialize
    @folder = Dir.mktmpdir('kaal-tls')
    @ca_key = OpenSSL::PKey::RSA.new(2048)
    @ca_cert = certificate('kaal test root', @ca_key, { 'basicConstraints' => 'critical,CA:TRUE' })
    @roots = File.join(@folder, 'roots').tap { |path| FileUtils.mkdir(path) }
    @ca = write('roots/ca.pem', @ca_cert.to_pem)
    @server_cert, @server_key = issue('server', 'subjectAltName' => 'DNS:localhost')
    @client_cert, @client_key = issue('client', 'extendedKeyUsage' => 'clientAuth')
  end

  # @param ends_in [Numeric] seconds; below 0: it has expired
  # @return [Array(String, String)] the files of a certificate for a server, and of its key
  def issue_server(host, ends_in: 3_600)
    issue("server-#{rand(1 << 30)}", { 'subjectAltName' => "DNS:#{host}" }, Time.now + ends_in)
  end

  def remove
    FileUtils.rm_rf(@folder)
  end

  private

  def issue(name, extensions, ends_at = Time.now + 3_600)
    key = OpenSSL::PKey::RSA.new(2048)
    cert = certificate(name, key, { 'basicConstraints' => 'CA:FALSE', **extensions }, ends_at)
    [write("#{name}.pem", cert.to_pem), write("#{name}.key", key.to_pem)]
  end

  def certificate(name, key, extensions, ends_at = Time.now + 3_600)
    cert = OpenSSL::X509::Certificate.new
    cert.version = 2
    cert.serial = rand(1 << 62)
    cert.subject = OpenSSL::X509::Name.parse("/CN=#{name}")
    cert.issuer = @ca_cert&.subject || cert.subject
    cert.public_key = key.public_key
    cert.not_before = [Time.now, ends_at].min - 60
    cert.not_after = ends_at
    factory = OpenSSL::X509::ExtensionFactory.new(@ca_cert || cert, cert)
    extensions.each { |oid, value| cert.add_extension(factory.create_ext(oid, value.delete_prefix('critical,'), value.start_with?('critical'))) }
    cert.sign(@ca_key, OpenSSL::Digest.new('SHA256'))
  end

  def write(name, text)
    File.join(@folder, name).tap { |path| File.write(path, text) }
  end
end
