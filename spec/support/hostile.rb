# frozen_string_literal: true

# Texts that mean something to whoever takes a value for code.
module Hostile
  TEXTS = [
    %q(it's "quoted" `so`), "'; DROP TABLE kaal_locks; DROP TABLE kaal_definitions; --",
    "x'), ('y', 1) ON CONFLICT DO NOTHING --", "\\' OR 1=1 #", # SQL
    %q|"); redis.call('FLUSHALL') --|, "]==] .. redis.call('FLUSHALL') .. [==[", # Lua
    "x\r\n*1\r\n$8\r\nFLUSHALL\r\n", # the protocol of Redis
    '*?[a-z]^\\', '%_', '$1 ? :name @x', "a\nb\r\tc", '{tag}', ' a ', "\u{1F980}\u{200D}\u{1F469}", "\u202Etxet", "\u{FFFD}61",
    '$(reboot) `reboot` | reboot', '<%= raise %> {{x}} #{raise} ${jndi:x}' # rubocop:disable Lint/InterpolationCheck
  ].freeze
  # What texts of databases and JSON do not hold alike.
  NUL = "nul\0nul"
  # What is no text; only keys of locks may be.
  BYTES = ["\xff\xfe'".b, "caf\xe9".b, "#{NUL}1", NUL].freeze
  LONG = ("x'" * 5_000).freeze
end
