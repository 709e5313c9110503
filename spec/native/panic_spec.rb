# frozen_string_literal: true

# The extension under test is built with the feature test-hooks.
RSpec.describe 'A panic of the core' do
  let(:native) { Kaal.const_get(:Native) }

  def quietly
    stderr = $stderr.dup
    $stderr.reopen(File::NULL)
    yield
  ensure
    $stderr.reopen(stderr)
  end

  it 'comes out as an InternalError, and the process goes on' do
    quietly do
      expect { native.panic_with_gvl }
        .to raise_error(Kaal::InternalError, 'kaal-rs has a defect, please report it: injected under the lock')
      expect { native.panic_without_gvl }
        .to raise_error(Kaal::InternalError, 'kaal-rs has a defect, please report it: injected without the lock')
    end
    expect(native.pause(0.01)).to be_nil
    expect(Kaal::InternalError.ancestors).to include(StandardError)
  end

  it 'leaves the waits of other threads alone' do
    waiting = Thread.new { native.pause(0.2) }
    quietly { expect { native.panic_without_gvl }.to raise_error(Kaal::InternalError) }
    expect(waiting.value).to be_nil
  end
end
