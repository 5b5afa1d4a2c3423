-- Reading the JSON text that Defender keeps in AdditionalFields: a string that
-- holds an object, "[]", an object that was never a string, or nothing.

-- json_text(j, path): the text at a path, NULL where j is no JSON or has no
-- such path. An attacker can shape the value; a broken one is not an error.
create or replace macro json_text(j, path) as
    json_extract_string(try_cast(j as json), path);
