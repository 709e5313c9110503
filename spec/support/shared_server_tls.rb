# frozen_string_literal: true

# Who answers, and who asks. Includers give `certificates`, `strangers` (other certificates), and
# `connects?(mode, **settings)` to a server that has `certificates` and minds them.
RSpec.shared_examples 'an adapter that knows whom it talks to' do |encrypted:, trusted:, named:, mode:|
  it 'talks in secret, with whomever' do
    expect(connects?(mode => encrypted)).to be(true)
    expect { connects?(mode => 'plain') }.to raise_error(ArgumentError, /#{mode} must be .*, got "plain"/)
  end

  it 'wants a certificate of the authority' do
    expect(connects?(mode => trusted, root => certificates.ca)).to be(true)
    expect { connects?(mode => trusted, root => strangers.ca) }
      .to raise_error(Kaal::Backend::LockAdapterError, /acquire failed for key: localhost.*certificate/)
  end

  it 'wants the certificate of the host' do
    expect(connects?(mode => named, root => certificates.ca)).to be(true)
    [{ root => strangers.ca }, { root => certificates.ca, host: '127.0.0.1' }].each do |wrong|
      expect { connects?(mode => named, **wrong) }
        .to raise_error(Kaal::Backend::LockAdapterError, /acquire failed for key: .*certificate/), wrong.inspect
    end
  end

  it 'has a certificate of its own' do
    shown = { mode => encrypted, sslcert: certificates.client_cert, sslkey: certificates.client_key, username: 'client' }
    expect(connects?(**shown)).to be(true)
    expect { connects?(**shown, sslcert: nil, sslkey: nil) }.to raise_error(Kaal::Backend::LockAdapterError, /client/)
    expect { connects?(**shown, sslcert: strangers.client_cert, sslkey: strangers.client_key) }
      .to raise_error(Kaal::Backend::LockAdapterError)
  end

  it 'says which file is missing' do
    expect { connects?(mode => trusted, root => '/no/such/file') }
      .to raise_error(Kaal::Backend::LockAdapterError, %r{/no/such/file|No such file})
  end
end
