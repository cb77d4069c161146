/** Ways to sign in beside addresses and passwords; none by default. */
export interface SignInOptions {
  /** Social sign-ins, as `selfservice.methods.oidc.config.providers` has them. */
  providers?: object[] | undefined;
  /** Who is asked for passwords, as `selfservice.methods.password.config.migrate_hook.config` has it. */
  passwordHook?: object | undefined;
}

export interface KratosConfigOptions extends SignInOptions {
  /** Identity schemas by id. */
  schemas: Record<string, object>;
  defaultSchemaId: string;
  publicUrl: string;
  publicPort: number;
  adminPort: number;
  /** The platform's pages, which Kratos sends browsers to; without, its public address answers in their place. */
  pagesUrl?: string | undefined;
  /** Where Kratos's own mails go, such as `smtp://127.0.0.1:1025`. */
  smtpUrl: string;
  /** 4 to 31. Below 12 only because Kratos runs with `--dev`. */
  bcryptCost: number;
  /** Parts of recovery that are switched off; none by default. */
  switchedOff?: ('link' | 'code' | 'recovery')[];
  /** At least 32 characters; the same at each start, or sessions and open flows are lost. */
  secret: string;
}

/** Plain text to a server on this machine: Kratos asks for TLS otherwise. */
function withoutTls(smtpUrl: string): string {
  const url = new URL(smtpUrl);
  if (url.protocol === 'smtp:' && !url.searchParams.has('disable_starttls')) {
    url.searchParams.set('disable_starttls', 'true');
  }
  return url.href.replace(/(:\d+)\?/, '$1/?');
}

/**
 * Kratos's configuration file as an object. Only keys that v1.3.1 and v26.2.0 both take; the database comes in the
 * environment, so that no file has its password.
 */
export function kratosConfig(options: KratosConfigOptions): object {
  const { publicUrl, publicPort, adminPort, secret, switchedOff = [] } = options;
  const { providers, passwordHook, pagesUrl = publicUrl } = options;
  const page = (name: string) => ({ ui_url: `${pagesUrl}/${name}` });
  return {
    serve: {
      public: { base_url: `${publicUrl}/`, host: '127.0.0.1', port: publicPort },
      admin: { base_url: `http://127.0.0.1:${adminPort}/`, host: '127.0.0.1', port: adminPort },
    },
    identity: {
      default_schema_id: options.defaultSchemaId,
      schemas: Object.entries(options.schemas).map(([id, schema]) => ({
        id,
        url: `base64://${Buffer.from(JSON.stringify(schema)).toString('base64')}`,
      })),
    },
    selfservice: {
      default_browser_return_url: `${pagesUrl}/`,
      methods: {
        // The look-up of leaked passwords asks a server on the internet.
        password: {
          enabled: true,
          config: {
            haveibeenpwned_enabled: false,
            ...(passwordHook && { migrate_hook: { enabled: true, config: passwordHook } }),
          },
        },
        ...(providers && { oidc: { enabled: true, config: { providers } } }),
        link: { enabled: !switchedOff.includes('link') },
        code: { enabled: !switchedOff.includes('code') },
      },
      flows: {
        recovery: {
          enabled: !switchedOff.includes('recovery'),
          use: 'code',
          ...page('recovery'),
        },
        verification: { enabled: true, use: 'code', ...page('verification') },
        settings: page('settings'),
        login: page('login'),
        registration: page('registration'),
        error: page('error'),
        logout: { after: { default_browser_return_url: `${pagesUrl}/login` } },
      },
    },
    courier: {
      smtp: { connection_uri: withoutTls(options.smtpUrl), from_address: 'kratos@example.com' },
    },
    hashers: { algorithm: 'bcrypt', bcrypt: { cost: options.bcryptCost } },
    secrets: { default: [secret], cookie: [secret], cipher: [secret.slice(0, 32)] },
    log: { level: 'warning', format: 'text' },
  };
}
