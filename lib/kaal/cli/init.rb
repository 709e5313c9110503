# frozen_string_literal: true

require 'thor/group'

module Kaal
  module CLI
    # `kaal init`: what an app without Rails needs, with a job to begin with.
    class Init < Thor::Group
      include Thor::Actions

      # Where each of its backends is, as lines of YAML.
      ADDRESSES = {
        'memory' => nil,
        'redis' => "url: <%= ENV.fetch('REDIS_URL', 'redis://localhost:6379/0') %>",
        'sqlite' => 'path: storage/kaal.sqlite3',
        'postgres' => "url: <%= ENV.fetch('DATABASE_URL', 'postgres://localhost/app') %>",
        'mysql' => "url: <%= ENV.fetch('DATABASE_URL', 'mysql2://root@localhost/app') %>"
      }.freeze
      FOLDERS = %w[config jobs storage].freeze
      private_constant :ADDRESSES, :FOLDERS

      class_option :backend

      source_root File.expand_path('templates', __dir__)

      # @raise [Thor::Error] where there is something better
      def refuse_rails
        return unless File.exist?('config/application.rb')

        raise Thor::Error, 'this is an app on Rails, which has a generator of its own: ' \
                           "bin/rails generate kaal:install --backend=#{options[:backend]}"
      end

      # Thor leaves such a file where it is, and goes on.
      #
      # @raise [SystemCallError] where a file has the name of a folder that is needed
      def refuse_files
        file = FOLDERS.find { |name| File.exist?(name) && !File.directory?(name) }
        raise Errno::ENOTDIR, file if file
      end

      # What is there already is left as it is.
      def write_files
        template 'kaal.yml.tt', 'config/kaal.yml', skip: true
        template 'scheduler.yml.tt', 'config/scheduler.yml', skip: true
        template 'hello_job.rb.tt', 'jobs/hello_job.rb', skip: true
        empty_directory 'storage' if options[:backend] == 'sqlite'
      end

      def show_next_steps
        steps = ['kaal doctor', 'kaal start']
        steps.unshift('kaal create-tables') if %w[postgres mysql].include?(options[:backend])
        say "\nNext:\n\n  #{steps.join("\n  ")}\n\n"
      end

      no_commands do
        def address
          ADDRESSES.fetch(options[:backend])
        end
      end
    end
    private_constant :Init
  end
end
