# frozen_string_literal: true

require 'erb'
require 'rails/generators'
require 'rails/generators/migration'
require 'kaal'
require_relative 'backend_choice'

module Kaal
  module Generators
    # `rails g kaal:install`: an initializer, a scheduler file, and the migrations that the backend needs.
    # What is there already is left as it is, or asked about; `rails destroy kaal:install` removes it.
    class InstallGenerator < ::Rails::Generators::Base
      include ::Rails::Generators::Migration

      source_root File.expand_path('templates', __dir__)

      desc 'Installs Kaal: config/initializers/kaal.rb, config/scheduler.yml, and migrations where they are needed.'
      class_option :backend, type: :string, banner: BackendChoice::NAMES.join('|'),
                             desc: 'Where runs are coordinated; by default the database of the app'
      class_option :path, type: :string, banner: BackendChoice::FILE,
                          desc: 'With SQLite: a file of its own, which needs no migrations'

      # Thor's: a mistake in the options ends with exit code 1.
      def self.exit_on_failure?
        true
      end

      # Migrations of one second would have the same number.
      #
      # @param folder [String] where the migrations are
      # @return [String]
      def self.next_migration_number(folder)
        following = current_migration_number(folder) + 1
        [Time.now.utc.strftime('%Y%m%d%H%M%S'), format('%.14d', following)].max
      end

      # @return [void]
      # @raise [Thor::Error] when there is no such backend, or it has no file
      def choose_backend
        @backend = BackendChoice.new(options[:backend], options[:path])
      end

      # Writes config/initializers/kaal.rb.
      #
      # @return [void]
      def create_initializer
        template 'initializer.rb.tt', 'config/initializers/kaal.rb'
      end

      # Writes config/scheduler.yml.
      #
      # @return [void]
      def create_scheduler_file
        template 'scheduler.yml.tt', 'config/scheduler.yml'
      end

      # Writes db/migrate/<time>_create_kaal_<table>.rb for the tables that the backend needs; one that has
      # that name already is taken for it. Removes those of all backends.
      #
      # @return [void]
      def create_migrations
        tables = behavior == :revoke ? BackendChoice::TABLES : @backend.tables
        tables.each do |table|
          name = "create_kaal_#{table}"
          there = self.class.migration_exists?(File.join(destination_root, migrations), name)
          if there && behavior == :invoke
            say_status :exist, relative_to_original_destination_root(there), :blue
          elsif there || behavior == :invoke
            migration_template "#{name}.rb.tt", File.join(migrations, "#{name}.rb")
          end
        end
      end

      # The folder of the embedded file, which SQLite does not make.
      #
      # @return [void]
      def create_folder
        return unless behavior == :invoke && @backend.file

        keep = File.join(File.dirname(@backend.file), '.keep')
        create_file keep unless Dir.exist?(File.expand_path(File.dirname(keep), destination_root))
      end

      # Says what comes next.
      #
      # @return [void]
      def show_next_steps
        return unless behavior == :invoke

        steps = ['bin/rails kaal:status', 'bin/rails kaal:start']
        steps.unshift('bin/rails db:migrate') if @backend.tables.any?
        say "\nNext: a job in config/scheduler.yml, then\n\n  #{steps.join("\n  ")}\n\n"
      end

      private

      def migrations
        paths = ::Rails.application&.config&.paths
        paths ? paths['db/migrate'].to_ary.first : 'db/migrate'
      end

      def migration_version
        ::ActiveRecord::Migration.current_version
      end

      # What creates the backend in the initializer, with what there is to know of it.
      def backend_lines
        render_part("backend_#{@backend.file ? 'file' : @backend.name}")
      end

      def render_part(name)
        file = find_in_source_paths("#{name}.rb.tt")
        ERB.new(File.read(file), trim_mode: '-').result(binding)
      end

      # MySQL's usual collations take `Job` and `job` for the same key.
      def table_options
        ', **bytewise' if mysql?
      end

      def bytewise
        render_part('bytewise') if mysql?
      end

      # MySQL's plain text has 64 KiB.
      def long_text
        ', limit: 16.megabytes - 1' if mysql?
      end

      # MySQL has none for JSON.
      def json_default
        ', default: {}' unless mysql?
      end

      def mysql?
        @backend.name == 'mysql'
      end
    end
  end
end
