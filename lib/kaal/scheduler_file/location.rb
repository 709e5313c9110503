# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # Where the scheduler file is, or another of the app's, and whose environment's section counts.
    class Location
      DEFAULT = 'config/scheduler.yml'
      # What newer versions of Kaal call it.
      ALTERNATIVE = 'config/kaal-scheduler.yml'
      private_constant :DEFAULT, :ALTERNATIVE

      # @param configured [String] a path, relative to the app's root
      # @param rails_context [#root, #env, nil] Rails; nil: the root is the current folder
      def initialize(configured, rails_context)
        @configured = configured
        @rails = rails_context
      end

      # @return [String] an absolute path; of the two defaults the one that is there
      def path
        path = absolute(@configured)
        return path if @configured != DEFAULT || File.exist?(path)

        alternative = absolute(ALTERNATIVE)
        File.exist?(alternative) ? alternative : path
      end

      # @return [String] the app's folder, absolute
      def root
        (@rails&.root || Dir.pwd).to_s
      end

      def environment
        (@rails&.env || ENV['RAILS_ENV'] || ENV['RACK_ENV'] || 'development').to_s
      end

      # What differs after each change of the file.
      #
      # @return [Array] path, time of the last change and size in bytes; nil for a file that is not there
      def state
        stat = File.stat(found = path)
        [found, stat.mtime, stat.size]
      rescue SystemCallError
        [found, nil, nil]
      end

      private

      def absolute(path)
        File.expand_path(path, root)
      end
    end
  end
end
