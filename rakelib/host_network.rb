# frozen_string_literal: true

require 'fileutils'

# How this machine reaches the world - names, certificates, proxies, mirrors - for a root on it.
class HostNetwork
  # Where the bundle of certificates is in the root: Debian's own file is rewritten by its package.
  BUNDLE = '/etc/ssl/host-ca.crt'
  # Proxies, and where cargo gets crates; neither its tokens nor its local settings.
  PASSED = /\A((https?|ftp|all|no)_proxy|CARGO_(HTTP|NET|SOURCE)_\w+|CARGO_REGISTRIES_\w+_(INDEX|PROTOCOL))\z/i
  CARGO_SECTIONS = /\A\[+(http|net|source|registries|registry)\b/

  def environment
    passed = ENV.select { |name, _value| PASSED.match?(name) }
    certificates? ? passed.merge('SSL_CERT_FILE' => BUNDLE, 'CARGO_HTTP_CAINFO' => BUNDLE) : passed
  end

  # The one that apt uses here; on a system that is no Debian, Debian's own.
  def debian_mirror
    sites = IO.popen(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], &:readlines)
    sites.map(&:chomp).grep(%r{/debian/?\z}).first || 'http://deb.debian.org/debian'
  end

  def copy(root)
    %w[/etc/resolv.conf /etc/hosts].each { |file| place(root, file, File.read(file)) if File.exist?(file) }
    place(root, BUNDLE, File.read(bundle)) if certificates?
    place(root, '/etc/apt/apt.conf.d/90host', apt_settings)
    place(root, '/build/cargo/config.toml', cargo_settings)
  end

  private

  def bundle
    ENV.fetch('SSL_CERT_FILE', '/etc/ssl/certs/ca-certificates.crt')
  end

  def certificates?
    File.exist?(bundle)
  end

  def apt_settings
    settings = IO.popen(%w[apt-config dump], &:readlines).grep(/\AAcquire::/)
    settings << %(Acquire::https::CAInfo "#{BUNDLE}";\n) if certificates?
    settings.join
  end

  # Sections, each with its lines, of which those about the network are taken.
  def cargo_settings
    home = ENV.fetch('CARGO_HOME') { File.join(Dir.home, '.cargo') }
    file = %w[config.toml config].map { |name| File.join(home, name) }.find { |path| File.file?(path) }
    file ? File.read(file).split(/^(?=\[)/).grep(CARGO_SECTIONS).join : ''
  end

  def place(root, path, text)
    target = File.join(root, path)
    FileUtils.mkdir_p(File.dirname(target))
    FileUtils.rm_f(target) # a link would lead out of the root
    File.write(target, text)
  end
end
