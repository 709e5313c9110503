# frozen_string_literal: true

desc "Run the core's unit tests under LeakSanitizer"
task :leaks do
  # It sees what is allocated, by whomever: only the core is built anew, the crates are those of any other test.
  sh({ 'RUSTC_WORKSPACE_WRAPPER' => File.expand_path('leaks/rustc', __dir__) },
     'cargo', 'test', '--locked', '--package', 'kaal_core', '--lib')
end
