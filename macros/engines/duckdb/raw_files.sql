{#- Raw tables as files: which there are, what they hold, and one select over them. The list is made once, in
    Python (utm_pipeline/refresh/raw_files.py), and comes as a variable of the session. -#}

{#- The files of a raw table and the shapes that they have. A version names a file, its size, its time and the
    rules; a file whose version is known need not be read again. -#}
{% macro raw_files(table) -%}
    {%- set listed = fromjson(run_query("select getvariable('utm_raw_files')").columns[0].values()[0] or '{}').get(table, {'files': [], 'shapes': []}) -%}
    {%- set rules = rules_version() -%}
    {%- for file in listed.files -%}
        {#- what may change without a trace in its time is read again next time -#}
        {%- do file.update({'version': [file.facts, run_started_at.isoformat() if file.is_young else '', rules] | join('|')}) -%}
    {%- endfor -%}
    {{ return(listed) }}
{%- endmacro %}

{#- The rows of files of one shape: the contract's columns that they have, and each row's file as `_file`. No
    name of a file's own comes near the project's: in CSV columns are counted. -#}
{% macro raw_scan(files, shape) -%}
    {%- set patterns = [] -%}
    {%- for file in files -%}{%- do patterns.append(literal(file.pattern)) -%}{%- endfor -%}
    select
        {%- for name, (stored, type) in shape.columns.items() %}
        {{ received_value(adapter.quote(stored), type) }} as {{ adapter.quote(name) }},
        {%- endfor %}
        {{ adapter.quote(shape.file_column) }} as _file
    {%- if shape.format == 'parquet' %}
    from read_parquet([{{ patterns | join(', ') }}], filename = {{ literal(shape.file_column) }}, hive_partitioning = false)
    {%- else %}
    {#- text alone: a bad value is a row for the quarantine, not an error #}
    from read_csv(
        [{{ patterns | join(', ') }}], filename = {{ literal(shape.file_column) }}, hive_partitioning = false, header = true,
        delim = ',', quote = '"', escape = '"', comment = '', skip = 0, auto_detect = false,
        {#- lines of up to 32 MB, in buffers as large as the engine has by itself #}
        max_line_size = 33554432, buffer_size = 33554432,
        compression = '{{ 'gzip' if shape.is_packed else 'none' }}', strict_mode = {{ "false, new_line = '\\n'" if shape.is_mixed else 'true' }},
        columns = { {%- for number in range(shape.width) %}'c{{ number }}': 'VARCHAR'{{ ', ' if not loop.last }}{% endfor -%} }
    )
    {%- endif %}
{%- endmacro %}

{#- Text is what a file calls text: bytes are UTF-8, or unreadable; JSON strings are without their quotes. -#}
{% macro received_value(column, type) -%}
    {%- if type == 'BLOB' -%}
        case when {{ column }} is not null then coalesce(try(decode({{ column }})), {{ no_text() }}) end
    {%- elif type == 'JSON' -%}
        case when json_valid({{ column }}) then json_extract_string({{ column }}, '$') else cast({{ column }} as varchar) end
    {%- elif is_text(type) -%}
        cast({{ column }} as varchar)
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{#- Stands for bytes that are no text; nothing else begins with NUL and reads so. -#}
{% macro no_text() -%}
    chr(0) || 'not UTF-8'
{%- endmacro %}

{% macro duckdb__new_raw_rows(table, relation) -%}
    {%- if execute -%}
    {%- set known = run_query('select distinct file_version from ' ~ relation).columns[0].values() if relation else () -%}
    {%- set listed = raw_files(table) -%}
    {%- for shape in listed.shapes -%}
    {%- set files = listed.files | selectattr('shape', 'equalto', loop.index0) | rejectattr('version', 'in', known) | list %}
    {%- if files %}
        {{ raw_batch_rows(table, files, shape) }}
        union all
    {%- endif %}
    {%- endfor %}
    {{ no_raw_rows(table) }}
    {%- endif -%}
{%- endmacro %}

{#- Three steps, each computed once: text trimmed, values read, validity judged. -#}
{% macro raw_batch_rows(table, files, shape) -%}
    select
        file_versions.version as file_version,
        {%- for column in raw_contract(table) %}
        read_rows.{{ adapter.quote(column.name) }},
        {%- if column.meta.get('keep_raw') %}
        {{ 'cast(null as varchar)' if column.name not in shape.columns else read_value('_received_' ~ column.name, shape.columns[column.name][1], 'text') }} as {{ column.name }}_raw,
        {%- endif %}
        {%- endfor %}
        {{ invalid_reason(table) }} as invalid_reason,
        case
            when {{ invalid_reason(table) }} is not null
                then to_json({ {%- for name in shape.columns %}{{ literal(name) }}: _received_{{ name }}{{ ', ' if not loop.last }}{% endfor -%} })
        end as received
    from (
        select
            {%- for column in raw_contract(table) %}
            {%- set type = shape.columns[column.name][1] if column.name in shape.columns else none %}
            {{ read_value('_' ~ column.name, type, column.data_type) if type else null_of(column.data_type) }} as {{ adapter.quote(column.name) }},
            {%- if type %}
            _received_{{ column.name }},
            {%- endif %}
            {%- if column.meta.get('invalid_if') %}
            {{ clean_tag('_' ~ column.name) if column.meta.invalid_if == 'empty tag' else '_' ~ column.name }} is null as _no_{{ column.name }},
            {%- endif %}
            {%- endfor %}
            _file
        from (
            select
                {%- for name, (stored, type) in shape.columns.items() %}
                {{ trimmed(adapter.quote(name)) if is_text(type) else adapter.quote(name) }} as _{{ name }},
                {{ adapter.quote(name) }} as _received_{{ name }},
                {%- endfor %}
                _file
            from (
                {{ raw_scan(files, shape) }}
            )
        )
    ) as read_rows
    inner join ({{ versions_of(files) }}) as file_versions (path, version) on read_rows._file = file_versions.path
{%- endmacro %}

{#- Paths of files with their versions. -#}
{% macro versions_of(files) -%}
    values {% for file in files %}({{ literal(file.path) }}, {{ literal(file.version) }}){{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro duckdb__forget_changed_rows(table) -%}
    {%- set versions = [] -%}
    {%- for file in raw_files(table).files -%}{%- do versions.append(literal(file.version)) -%}{%- endfor -%}
    delete from {{ this }} where file_version not in ({{ (versions or ["''"]) | join(', ') }})
{%- endmacro %}

{#- Each file is counted once, when it is new. -#}
{% macro duckdb__raw_row_counts(table, relation) -%}
    {%- if execute -%}
    {%- set known = run_query('select file_version from ' ~ relation ~ ' where table_name = ' ~ literal(table)).columns[0].values() if relation else () -%}
    {%- set listed = raw_files(table) -%}
    {%- for shape in listed.shapes -%}
    {%- set files = listed.files | selectattr('shape', 'equalto', loop.index0) | rejectattr('version', 'in', known) | list %}
    {%- if files %}
    select
        '{{ table }}' as table_name,
        file_versions.version as file_version,
        count(counted._file) as raw_rows
    from ({{ versions_of(files) }}) as file_versions (path, version)
    left join ({{ raw_scan(files, shape) }}) as counted on file_versions.path = counted._file
    group by file_versions.version
    union all
    {%- endif %}
    {%- endfor %}
    {{ no_row_counts() }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__forget_row_counts() -%}
    {%- set versions = [literal('')] -%}
    {%- for table in raw_table_list() -%}
        {%- for file in raw_files(table).files -%}{%- do versions.append(literal(file.version)) -%}{%- endfor -%}
    {%- endfor -%}
    delete from {{ this }} where file_version not in ({{ versions | join(', ') }})
{%- endmacro %}
