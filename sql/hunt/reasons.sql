-- What each event says for or against its case, by the ids of sql/reference/weights.csv:
-- what its payload and its doer look like, and what its branches say themselves. What
-- is true of a case as a whole is worked out elsewhere.
create or replace temp table event_reasons as
with facts as (
    select
        EventId,
        -- Who asked may have gone by way of a shell: Word, cmd, sc.
        InitiatingProcessFileNameLower in (select program from reference_parents where kind = 'office')
        or fold(InitiatingProcessParentFileName) in (select program from reference_parents where kind = 'office') as office_parent,
        InitiatingProcessFileNameLower in (
            select program from reference_parents where kind in ('browser', 'reader', 'web_server', 'database')
        )
        or fold(InitiatingProcessParentFileName) in (
            select program from reference_parents where kind in ('browser', 'reader', 'web_server', 'database')
        ) as exposed_parent,
        InitiatingProcessFileNameLower in (select program from reference_parents where kind = 'script_host') as script_parent,
        is_lolbin(PayloadStem) as payload_lolbin,
        has_hidden_code(Payload) as payload_hidden,
        has_shell_redirect(Payload) as payload_redirect,
        has_named_pipe(Payload) as payload_pipe,
        is_unc(PayloadPath) as payload_unc,
        is_user_writable(PayloadPath) as payload_user_writable,
        has_stream(PayloadPath) as payload_stream,
        ServiceHost <> '' as remote_target,
        RegistryKey is not null and InitiatingProcessFileNameLower in (
            'reg.exe', 'regedit.exe', 'powershell.exe', 'pwsh.exe', 'cmd.exe', 'wscript.exe', 'cscript.exe', 'mshta.exe',
            'rundll32.exe', 'wmiprvse.exe'
        ) as writer_script,
        ProcessCommandLine is not null
        and (
            (
                ServiceVerb = 'config'
                and regexp_matches(ProcessCommandLine, '(?i)\sstart\s*=')
                and not regexp_matches(ProcessCommandLine, '(?i)\s(?:binpath|obj|password|type|depend|group)\s*=')
            )
            or (
                ServiceVerb = 'set-service'
                and regexp_matches(ProcessCommandLine, '(?i)\s-(?:s|startuptype|status)\b')
                and not regexp_matches(ProcessCommandLine, '(?i)\s-(?:credential|securitydescriptorsddl|sd|displayname)\b|new-service|sc\.exe create')
            )
        ) as start_type_only
    from found_events
)

select EventId, ReasonId
from (
    -- The names above are the ids of the weights.
    unpivot facts
    on columns(* exclude (EventId))
    into name ReasonId value Holds
)
where Holds

union

-- What only a branch can know, it says itself.
select EventId, unnest(BranchReasons)
from found_events;
