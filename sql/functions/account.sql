-- Accounts.

-- is_system_account(domain, name): an account that no person works under: the system's
-- own, a machine's, a desktop's, a service's virtual one, root. Some are called otherwise
-- in other languages.
create or replace macro is_system_account(domain, name) as
    list_transform(
        [{'domain': fold(domain), 'name': fold(name)}],
        lambda a: ends_with(a.name, '$')
            or a.name in (
                'system', 'local system', 'localsystem', 'local service', 'localservice', 'network service', 'networkservice', 'anonymous logon',
                'iusr', 'root', 'système', 'lokaler dienst', 'netzwerkdienst', 'service local', 'service réseau'
            )
            or a.domain in (
                'nt authority', 'nt-autorität', 'autorite nt', 'nt service', 'window manager', 'font driver host', 'iis apppool',
                'nt virtual machine'
            )
    )[1];
