# frozen_string_literal: true

module Chaos
  # The rows of all cells that were run, in a file of tab-separated values, and the table that docs show of them.
  # Cells that run at the same time may write to it.
  class Results
    FILE = File.expand_path('../../../docs/reliability/results.tsv', __dir__)
    PAGE = File.expand_path('../../../docs/reliability.md', __dir__)
    COLUMNS = %w[backend nemesis guarantee minutes seed runs lost duplicate latest verdict].freeze
    # What the page has between these lines is made of the rows.
    MARKS = ["<!-- results: made by bin/chaos -->\n", "<!-- end of results -->\n"].freeze
    Row = Struct.new(*COLUMNS.map(&:to_sym))

    def initialize(file = FILE, page = PAGE)
      @file = file
      @page = page
    end

    # Adds the rows of a cell.
    #
    # @param report [Report]
    def add(report)
      File.open(@file, File::RDWR | File::APPEND) do |file|
        file.flock(File::LOCK_EX)
        report.verdicts.each { |verdict| file.puts(row(report, verdict).to_a.join("\t")) }
        file.flush
        write_page
      end
    end

    # @return [Array<Row>] the last of each cell and guarantee
    def rows
      lines = File.readlines(@file, chomp: true).drop(1).map { |line| Row.new(*line.split("\t")) }
      lines.group_by { |row| [row.backend, row.nemesis, row.guarantee] }.values.map(&:last)
    end

    private

    def row(report, verdict)
      Row.new(report.backend, report.nemesis, verdict.guarantee, report.minutes, report.seed, verdict.runs, verdict.lost,
              verdict.duplicate, format('%.1f', verdict.latest), report.ok? ? 'ok' : 'FAILED')
    end

    def write_page
      before, rest = File.read(@page).split(MARKS.first, 2)
      after = rest.split(MARKS.last, 2).last
      File.write(@page, [before, MARKS.first, "\n", table, "\n", MARKS.last, after].join)
    end

    def table
      titles = COLUMNS.map { |name| name == 'latest' ? 'latest, s' : name }
      cells = rows.sort_by { |row| [row.nemesis, row.backend, row.guarantee] }.map(&:to_a)
      [titles, titles.map { '---' }, *cells].map { |line| "| #{line.join(' | ')} |\n" }.join
    end
  end
end
