# frozen_string_literal: true

# While Ruby is in the native extension every allocation collects: a value that the collector cannot
# see is then found by a crash. The Ruby around it needs none of that, and would take minutes.
module GcStress
  class << self
    def around(stressed:)
      @stressed = stressed
      yield
    ensure
      @stressed = false
    end

    # What ends first ends it for all threads: some answers of waits that overlap come unstressed.
    def call
      GC.stress = true if @stressed
      yield
    ensure
      GC.stress = false if @stressed
    end

    def install(native)
      classes = native.constants.map { |name| native.const_get(name) }.grep(Class)
      wrap(native.singleton_class, native.singleton_methods(false) - [:park])
      classes.each do |klass|
        wrap(klass.singleton_class, [:new]) if klass.singleton_methods(false).include?(:new)
        wrap(klass, klass.public_instance_methods(false) - [:wait])
      end
    end

    private

    # `park` and `wait` only pass on to what is wrapped.
    def wrap(target, names)
      target.prepend(Module.new do
        names.each { |name| define_method(name) { |*arguments| GcStress.call { super(*arguments) } } }
      end)
    end
  end

  install(Kaal.const_get(:Native))
end
