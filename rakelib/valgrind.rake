# frozen_string_literal: true

desc 'Run a few native specs under valgrind; an error with a frame of ours fails it (after rake compile)'
task :valgrind do
  require_relative 'valgrind/report' # only here: it needs the gem rexml
  # Short ones that neither fork nor measure time, which goes slowly here.
  examples = ['collects adapters', 'gives back what comes']
  folder = 'tmp/valgrind'
  rm_rf(folder, verbose: false)
  mkdir_p(folder, verbose: false)
  # Ruby gives back little when it ends: what is never freed says nothing here, `rake leaks` is for that.
  sh('valgrind', '--quiet', '--show-leak-kinds=none', '--error-limit=no', '--num-callers=50',
     '--child-silent-after-fork=yes', '--suppressions=rakelib/valgrind/ruby.supp',
     '--xml=yes', "--xml-file=#{folder}/%p.xml",
     RbConfig.ruby, '-S', 'rspec', 'spec/native', *examples.flat_map { |example| ['-e', example] })
  all = Dir["#{folder}/*.xml"].flat_map { |file| ValgrindReport.new(file).errors }
  ours = all.select(&:ours?)
  puts "valgrind: #{all.size} kinds of errors, #{ours.size} of them with a frame of ours"
  abort ours.join("\n\n") if ours.any?
end
