# frozen_string_literal: true

module Kaal
  # The parts of loading a scheduler file, see {SchedulerFileLoader}.
  module SchedulerFile
    KINDS = { NilClass => 'null', Array => 'a list', Hash => 'a mapping', String => 'a text' }.freeze
    private_constant :KINDS

    # What a value is, without its text: a file that ERB has filled in may hold secrets.
    def self.kind(value)
      KINDS.fetch(value.class) { value.inspect }
    end
  end
  private_constant :SchedulerFile
end

require_relative 'scheduler_file/location'
require_relative 'scheduler_file/document'
require_relative 'scheduler_file/placeholders'
require_relative 'scheduler_file/job_class'
require_relative 'scheduler_file/job'
require_relative 'scheduler_file/fields'
require_relative 'scheduler_file/job_reader'
require_relative 'scheduler_file/enqueuer'
require_relative 'scheduler_file/changes'
require_relative 'scheduler_file/loading'
