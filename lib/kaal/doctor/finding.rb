# frozen_string_literal: true

module Kaal
  class Doctor
    # Something that is wrong: `check` is what was looked at, `problem` what is wrong with it, `cure` what to do.
    Finding = Struct.new(:check, :problem, :cure)
  end
end
