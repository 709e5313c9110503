# frozen_string_literal: true

require 'openssl'

module Kaal
  module RedisConnection
    # From `ssl_params`, or a context, to the options of a native connection. What is not understood
    # is refused: no connection with weaker verification than the client's own.
    module Tls
      PARAMS = %i[ca_file ca_path cert key verify_mode verify_hostname].freeze
      private_constant :PARAMS

      VERIFYING = [nil, OpenSSL::SSL::VERIFY_PEER,
                   OpenSSL::SSL::VERIFY_PEER | OpenSSL::SSL::VERIFY_FAIL_IF_NO_PEER_CERT].freeze
      private_constant :VERIFYING

      class << self
        # @param params [Hash, OpenSSL::SSL::SSLContext, nil]
        def options(params)
          params = from_context(params) if params.is_a?(OpenSSL::SSL::SSLContext)
          params = (params || {}).to_h.transform_keys(&:to_sym)
          Checks.refuse_unknown(params, PARAMS)
          raise Underivable, 'ssl_params has a cert without a key, or a key without a cert' if one_sided?(params)
          raise Underivable, 'it verifies certificates but not names' if nameless?(params)

          {
            insecure: insecure?(params[:verify_mode]), roots: roots(params[:ca_file], params[:ca_path]),
            certificate: certificate(params[:cert]), key: key(params[:key])
          }
        end

        private

        def one_sided?(params)
          params[:cert].nil? != params[:key].nil?
        end

        # Ours checks both or nothing.
        def nameless?(params)
          params[:verify_hostname] == false && !insecure?(params[:verify_mode])
        end

        def insecure?(mode)
          return true if mode == OpenSSL::SSL::VERIFY_NONE
          return false if VERIFYING.include?(mode)

          raise Underivable, "verify_mode #{mode.inspect} is not understood"
        end

        # nil: the system's roots.
        def roots(file, path)
          return unless file || path

          files = [file, *(Dir.glob(File.join(path, '*')).select { |entry| File.file?(entry) } if path)].compact
          pem = files.map { |entry| File.read(entry) }.grep(/-----BEGIN CERTIFICATE-----/).join("\n")
          raise Underivable, 'ca_file and ca_path hold no certificate' if pem.empty?

          pem
        end

        def certificate(cert)
          cert.is_a?(String) ? text(cert) : cert&.to_pem
        end

        def key(key)
          key = OpenSSL::PKey.read(text(key)) if key.is_a?(String)
          key&.private_to_pem
        rescue OpenSSL::PKey::PKeyError
          raise Underivable, 'the key of ssl_params cannot be read'
        end

        # A String is PEM or the name of a file. PEM is never opened: the message that there is no
        # such file would show it.
        def text(pem_or_file)
          pem_or_file.include?('-----BEGIN') ? pem_or_file : File.read(pem_or_file)
        end

        # A context tells what was set on it in its instance variables, but for ciphers and options.
        def from_context(context)
          fresh = OpenSSL::SSL::SSLContext.new
          raise Underivable, 'the ciphers of the ssl context were changed' if context.ciphers != fresh.ciphers
          raise Underivable, 'the options of the ssl context were changed' if context.options != fresh.options

          changed = context.instance_variables.reject do |name|
            context.instance_variable_get(name) == fresh.instance_variable_get(name)
          end
          params = changed.to_h { |name| [name.to_s.delete_prefix('@').to_sym, context.instance_variable_get(name)] }
          params[:verify_mode] ||= OpenSSL::SSL::VERIFY_NONE
          params[:verify_hostname] = context.verify_hostname
          params
        end
      end
    end
  end
end
