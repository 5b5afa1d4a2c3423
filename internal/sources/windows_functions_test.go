package sources

import "testing"

// windowsFunctions has a line for each: an expression over a text x, x, what it
// gives. NULL is null.
var windowsFunctions = []question{
	// One pass, whatever the order: a decoded ampersand begins nothing new.
	{`xml_text(x)`, `a &lt;b&gt; &amp;lt; &quot;c&quot; &apos;`, `a <b> &lt; "c" '`},
	{`xml_text(x)`, `&#38;lt; &#x26;amp; &#0038;#39; &amp;#39;`, `&lt; &amp; &#39; &#39;`},
	{`xml_text(x)`, `&#39;&#x41;&#X42;&#128512;&#0000000039;`, `'AB😀&#0000000039;`},
	{`xml_text(x)`, `&#0; &#xD800; &#x110000; &#99999999; &#; &#x; &#xZZ; &bogus; & &#12`, `&#0; &#xD800; &#x110000; &#99999999; &#; &#x; &#xZZ; &bogus; & &#12`},
	{`xml_text(x)`, ``, ``},
	{`replace(xml_text(x), chr(13), 'CR')`, `a&#xD;b`, `aCRb`},

	{`xml_plain(x)`, `<a>&amp;<![CDATA[<b> & ]] ]>]]></a><!-- <a>no</a> -->`, `<a>&amp;&lt;b&gt; &amp; ]] ]&gt;</a>`},
	{`xml_plain(x)`, `<![CDATA[no end <a>`, `no end &lt;a&gt;`},
	{`xml_plain(x)`, `<a><!-- no end`, `<a><!-- no end`},

	{`xml_attribute(x, 'Provider', 'Name')`, `<Provider EventSourceName="no" Name='yes' Guid="g"/>`, `yes`},
	{`xml_attribute(x, 'Provider', 'Name')`, "<e:Provider\n  Name = \"it's\"></e:Provider>", `it's`},
	{`xml_attribute(x, 'Provider', 'Name')`, `<Provider Guid="g"/><Other Name="no"/>`, `null`},
	{`xml_attribute(x, 'Provider', 'Name')`, `<ProviderX Name="no"/>`, `null`},
	{`xml_value(x, 'EventID')`, "<EventID Qualifiers='1'>\n  7045\n</EventID>", `7045`},
	{`xml_value(x, 'EventID')`, `<EventIDs>1</EventIDs><EventID/>`, `null`},

	{`xml_data(x)`, `<EventData><Data Name="a">1</Data><Data Name='b"'/><Data Name="c"></Data></EventData>`, `{"a":"1","b\"":"","c":""}`},
	{`xml_data(x)`, `<Data>p</Data><x:Data>q</x:Data><Binary>00</Binary>`, `{"Data":["p","q"],"Binary":"00"}`},
	{`xml_data(x)`, "<Data Name=\"a\">\n &lt;Data Name=\"b\"&gt;2&lt;/Data&gt;</Data>", "{\"a\":\"\\n <Data Name=\\\"b\\\">2</Data>\"}"},
	{`xml_data(x)`, `<DataItem type="System.XmlData"><EventData/></DataItem>`, `null`},
	{`xml_data(x)`, `<Data Name="a">no end`, `null`},
	{`xml_event(x).EventId`, `<Event><System><EventID>1</EventID></System><EventData><Data Name="x">&lt;/System&gt;&lt;EventID&gt;2</Data></EventData></Event>`, `1`},
	{`xml_event(x).Channel`, `<Event><System><EventID>1</EventID></System><RenderingInfo><Channel>no</Channel></RenderingInfo></Event>`, `null`},
	{`xml_event(x).EventId`, `<Event><EventID>1</EventID></Event>`, `null`},
	{`xml_event(x).EventId`, `<Event><System><EventID>99999999999</EventID></System></Event>`, `null`},
	{`xml_event(x).EventId`, ``, `null`},

	// Where a value's name begins.
	{`sysmon_target(x)`, `HKLM\System\CurrentControlSet\Services\Z:\ImagePath`, `{'key': 'HKLM\\System\\CurrentControlSet\\Services\\Z:', 'name': ImagePath}`},
	{`sysmon_target(x)`, `HKLM\System\CurrentControlSet\Services\Z:\Parameters\ServiceDll`, `{'key': 'HKLM\\System\\CurrentControlSet\\Services\\Z:\\Parameters', 'name': ServiceDll}`},
	{`sysmon_target(x)`, `HKLM\System\CurrentControlSet\Services\Fax\ImagePath`, `{'key': HKLM\System\CurrentControlSet\Services\Fax, 'name': ImagePath}`},
	{`sysmon_target(x)`, `HKLM\S\bam\UserSettings\S-1-5-18\\Device\HarddiskVolume2\a.exe`, `{'key': HKLM\S\bam\UserSettings\S-1-5-18, 'name': \Device\HarddiskVolume2\a.exe}`},
	{`sysmon_target(x)`, `HKLM\S\PortProxy\v4tov4\tcp\0.0.0.0/8080`, `{'key': HKLM\S\PortProxy\v4tov4\tcp, 'name': 0.0.0.0/8080}`},
	{`sysmon_target(x)`, `HKCU\Layers\\\server\share\a.exe`, `{'key': HKCU\Layers, 'name': \\server\share\a.exe}`},
	{`sysmon_target(x)`, `HKCU\Layers\C:\a\b.exe`, `{'key': HKCU\Layers, 'name': 'C:\\a\\b.exe'}`},
	{`sysmon_target(x)`, `\REGISTRY\MACHINE\SYSTEM\Select\Current`, `{'key': \REGISTRY\MACHINE\SYSTEM\Select, 'name': Current}`},
	{`sysmon_target(x)`, `HKLM\é\😀ß\ü`, `{'key': HKLM\é\😀ß, 'name': ü}`},
	{`sysmon_target(x)`, `HKLM`, `{'key': '', 'name': ''}`},

	{`sysmon_text(x, 'Microsoft-Windows-Sysmon', 'y')`, `%%TEMP%%\100%%`, `%TEMP%\100%`},
	{`sysmon_text(x, 'Linux-Sysmon', 'y')`, `${f%%.*}`, `${f%%.*}`},
	{`sysmon_text(x, null, 'Linux-Sysmon/Operational')`, `${f%%.*}`, `${f%%.*}`},
	{`sysmon_text(x, null, null)`, `%%`, `%`},
	{`sysmon_text(x, null, null)`, `-`, `null`},
	{`sysmon_hash(x, 'MD5')`, `SHA1=AA,MD5=BB,IMPHASH=CC`, `bb`},
	{`sysmon_hash(x, 'HASH')`, `IMPHASH=CC`, `null`},
	{`sysmon_hash(x, 'SHA1')`, `-`, `null`},

	{`path_file(x)`, `C:\Users\m\Desktop/Mnemosyne.sys`, `Mnemosyne.sys`},
	{`path_file(x)`, `/etc/systemd/system/a\x2db.service`, `a\x2db.service`},
	{`path_file(x)`, `sc.exe`, `sc.exe`},
	{`path_file(x)`, `C:\dir\`, `null`},
	{`path_file(x)`, `/`, `null`},
	{`path_file(x)`, "C:\\a\nb\\c.exe", `c.exe`},
	{`path_whole(x)`, `System`, `null`},
	{`path_whole(x)`, `a/b`, `a/b`},

	{`account_domain(x) || '|' || account_name(x)`, `NT AUTHORITY\SYSTEM`, `NT AUTHORITY|SYSTEM`},
	{`account_name(x)`, `root`, `root`},
	{`account_domain(x)`, `root`, `null`},
	{`account_name(x)`, `-`, `null`},

	{`windows_number(x)`, `0x21f4`, `8692`},
	{`windows_number(x)`, `8692`, `8692`},
	{`windows_number(x)`, `0x00000000000003e7`, `999`},
	{`windows_number(x)`, `0xffffffffffffffff`, `null`},
	{`windows_number(x)`, `-`, `null`},
	{`windows_guid(x)`, `{297BC33E-5CCD-5F2B-5602-000000000400}`, `297bc33e-5ccd-5f2b-5602-000000000400`},
	{`windows_guid(x)`, `00000000-0000-0000-0000-000000000000`, `null`},

	{`start_type(x)`, `2`, `auto`},
	{`start_type(x)`, `demand start`, `demand`},
	{`start_type(x)`, ` Disabled `, `disabled`},
	{`start_type(x)`, `5`, `null`},
	{`service_type(x)`, `0x10`, `own process`},
	{`service_type(x)`, `16`, `own process`},
	{`service_type(x)`, `user mode service`, `own process`},
	{`service_type(x)`, `kernel mode driver`, `kernel driver`},
	{`service_type(x)`, `-1`, `null`},
	{`service_type_raw(x)`, `16`, `0x10`},
	{`service_type_raw(x)`, `user mode service`, `user mode service`},
	{`integrity_level(x)`, `S-1-16-12288`, `High`},
	{`integrity_level(x)`, `Mandatory Label\Medium Mandatory Level`, `Medium`},
	{`integrity_level(x)`, `-`, `null`},
	{`token_elevation(x)`, `%%1936`, `TokenElevationTypeDefault`},
	{`token_elevation(x)`, `TokenElevationTypeLimited (3)`, `TokenElevationTypeLimited`},
	{`registry_type(x)`, `%%1876`, `Dword`},
	{`registry_type(x)`, `-`, `null`},
	{`utf16_hex(x)`, `500053004500580045002F0034000000`, `PSEXE/4`},
	{`utf16_hex(x)`, `1F0440040000`, `null`},
	{`utf16_hex(x)`, `5000530`, `null`},

	{`message_list(x, '1', '2', null)`, `["a",null,"c"]`, `[a, NULL, c]`},
	{`message_list(x, '1', '2', null)`, `one text`, `[one text]`},
	{`message_list(null, x, '2', null)`, `1`, `[1, 2, NULL]`},
	{`shell_setting(x, 'HostApplication', 'EngineVersion')`, "\tHostName=h\r\n\tHostApplication=p -c a\r\nb\r\n\tEngineVersion=5\r\n", "p -c a\r\nb"},
	{`shell_info(x, 'Host Application', 'Engine Version')`, "        Host Application = p\r\n        Engine Version = 5\r\n", `p`},
	{`shell_setting(x, 'HostApplication', 'EngineVersion')`, "\tHostApplication=\r\n\tEngineVersion=5\r\n", `null`},
	{`message_field(x, 'Account Name')`, "Subject:\r\n\tAccount Name:\t\tdana\r\n\tDomain Name:\tE\r\n", `dana`},
	{`message_field(x, 'Account Name')`, `The Account Name: dana`, `null`},

	{`has_zone(x)`, `2026-03-02T09:15:01Z`, `true`},
	{`has_zone(x)`, `2026-03-02 09:15:01.1+01:00`, `true`},
	{`has_zone(x)`, `2026-03-02 09:15:01`, `false`},
	{`has_zone(x)`, `2026-03-02`, `false`},
	{`portal_time(x)`, `3/2/2026, 9:15:01.123 PM`, `2026-03-02 21:15:01.123`},
	{`portal_time(x)`, `3/2/2026, 9:15:01 AM`, `2026-03-02 09:15:01`},
	{`portal_time(x)`, `2026-03-02T09:15:01.1234567Z`, `2026-03-02T09:15:01.1234567Z`},
	{`portal_time(x)`, `31/12/2026, 9:15:01 AM`, `31/12/2026, 9:15:01 AM`},

	{`json_inner(x)`, `{"LogFileCleared":{"a":"b"}}`, `{"a":"b"}`},
	{`json_inner(x)`, `{"a":"b"}`, `null`},
	{`json_inner(x)`, `{`, `null`},
	{`named_data(x)`, `{"Data":{"#text":["a","b"]},"Binary":null}`, `{"Data":["a","b"],"Binary":null}`},
	{`named_data(x)`, `{"Data":[{"@Name":"a","#text":"1"},{"@Name":"b"}]}`, `{"a":"1","b":""}`},
	{`named_data(x)`, `{"Data":["a"]}`, `{"Data":["a"]}`},
	{`json_section(x)`, `{"DataItem":{"EventData":{"Data":[{"@Name":"a","#text":"1"}]}}}`, `{"a":"1"}`},
	{`json_section(x)`, `{"a":"1"}`, `{"a":"1"}`},
	{`json_section(x)`, `{"a":`, `null`},
	{`parameters(x, 7045)`, `<Param>S</Param><Param>&quot;C:\u.exe&quot;</Param>`, `{"ServiceName":"S","ImagePath":"\"C:\\u.exe\"","ServiceType":null,"StartType":null,"AccountName":null}`},
	{`parameters(x, 1)`, `no parameters`, `null`},
	{`details({'a': x, 'b': null::varchar})`, `say "no"`, `{"a":"say \"no\""}`},
}

// TestWindowsFunctions asks each over a column, as a table file does.
func TestWindowsFunctions(t *testing.T) {
	ask(t, windowsFunctions)
}
