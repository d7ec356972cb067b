{#- Raw tables as files: where they are, what they hold, and one select over them. -#}

{#- The files of a raw table, oldest name first: path, format and version. A version names the file,
    its size, its time and the rules; a file whose version is known need not be read again. -#}
{% macro raw_files(table) -%}
    {%- set files = [] -%}
    {%- if execute -%}
        {%- set names = raw_table_names() -%}
        {%- set stem = setting('UTM_RAW_DIR', 'raw').rstrip('/') ~ '/' ~ names.get(table, table) -%}
        {%- set rules = rules_version() -%}
        {%- set globs = [] -%}
        {%- for ending in ['.parquet', '.csv', '.csv.gz', '/*.parquet', '/*.csv', '/*.csv.gz'] -%}
            {%- do globs.append('select file from glob(' ~ literal(stem ~ ending) ~ ')') -%}
        {%- endfor -%}
        {%- set found = run_query(globs | join(' union all ') ~ ' order by file') -%}
        {%- for path in found.columns[0].values() -%}
            {#- times are whole seconds: a file as young as this run may change without a trace, so it is read
                again next time -#}
            {%- set facts = run_query(
                'select size, cast(last_modified as varchar), last_modified >= cast(' ~ literal(run_started_at.isoformat())
                ~ ' as timestamptz) - interval 2 seconds from read_blob(' ~ literal(path) ~ ')'
            ).rows[0] -%}
            {%- do files.append({
                'path': path,
                'format': 'parquet' if path.endswith('.parquet') else 'csv',
                'version': [path, facts[0], facts[1], run_started_at.isoformat() if facts[2] else '', rules] | join('|'),
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(files) }}
{%- endmacro %}

{#- An SQL table function that reads files of one shape, with the path of each row's file as
    `_file`. CSV is read as text: a bad value is a row for the quarantine, not an error. -#}
{% macro raw_scan(paths, format, columns=none) -%}
    {%- set quoted = [] -%}
    {%- for path in paths -%}{%- do quoted.append(literal(path)) -%}{%- endfor -%}
    {%- if format == 'parquet' -%}
        read_parquet([{{ quoted | join(', ') }}], filename = '_file')
    {%- else -%}
        read_csv([{{ quoted | join(', ') }}], filename = '_file', header = true, delim = ',', quote = '"', escape = '"', comment = '', skip = 0,
            {#- Lines of up to 32 MB, in buffers as large as the engine has by itself. -#}
            max_line_size = 33554432, buffer_size = 33554432,
            {%- if columns %} auto_detect = false, columns = { {%- for name in columns %}{{ literal(name) }}: 'VARCHAR'{{ ', ' if not loop.last }}{% endfor -%} })
            {%- else %} all_varchar = true)
            {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Files grouped by the columns and types that they hold: [{format, columns, files}]. -#}
{% macro raw_batches(files) -%}
    {%- set batches = {} -%}
    {%- for file in files -%}
        {%- set columns = {} -%}
        {%- for row in run_query('describe select * from ' ~ raw_scan([file.path], file.format)).rows -%}
            {%- if row[0] != '_file' -%}{%- do columns.update({row[0]: row[1]}) -%}{%- endif -%}
        {%- endfor -%}
        {%- set batch = batches.setdefault(file.format ~ columns, {'format': file.format, 'columns': columns, 'files': []}) -%}
        {%- do batch.files.append(file) -%}
    {%- endfor -%}
    {{ return(batches.values() | list) }}
{%- endmacro %}

{% macro duckdb__new_raw_rows(table, relation) -%}
    {%- if execute -%}
    {%- set known = run_query('select distinct file_version from ' ~ relation).columns[0].values() if relation else () -%}
    {%- set files = raw_files(table) | rejectattr('version', 'in', known) | list -%}
    {%- for batch in raw_batches(files) %}
        {{ raw_batch_rows(table, batch) }}
        union all
    {%- endfor %}
    {{ no_raw_rows(table) }}
    {%- endif -%}
{%- endmacro %}

{#- Three steps, each computed once: text trimmed, values read, validity judged. -#}
{% macro raw_batch_rows(table, batch) -%}
    {%- set stored = {} -%}
    {%- for name, type in batch.columns.items() -%}{%- do stored.update({name.lower(): [name, type]}) -%}{%- endfor -%}
    select
        {{ file_version_of(batch.files) }} as file_version,
        {%- for column in raw_contract(table) %}
        {{ column.name }},
        {%- if column.meta.get('keep_raw') %}
        {{ column.name }}_raw,
        {%- endif %}
        {%- endfor %}
        {{ invalid_reason(table) }} as invalid_reason,
        case when {{ invalid_reason(table) }} is not null then to_json(_row) end as received
    from (
        select
            _row,
            {%- for column in raw_contract(table) %}
            {%- set type = stored[column.name][1] if column.name in stored else none %}
            {{ read_value('_' ~ column.name, type, column.data_type) if type else null_of(column.data_type) }} as {{ column.name }},
            {%- if column.meta.get('keep_raw') %}
            {{ 'cast(_row.' ~ adapter.quote(stored[column.name][0]) ~ ' as varchar)' if type else 'cast(null as varchar)' }} as {{ column.name }}_raw,
            {%- endif %}
            {%- if column.meta.get('invalid_if') %}
            {{ clean_tag('_' ~ column.name) if column.meta.invalid_if == 'empty tag' else '_' ~ column.name }} is null as _no_{{ column.name }},
            {%- endif %}
            {%- endfor %}
            _row._file as _file
        from (
            select
                {%- for column in raw_contract(table) if column.name in stored %}
                {{ trimmed_column(*stored[column.name]) }} as _{{ column.name }},
                {%- endfor %}
                _row
            from {{ raw_scan(batch.files | map(attribute='path'), batch.format, batch.columns) }} as _row
        )
    )
{%- endmacro %}

{#- A column with its text trimmed; one that is no text as it is. -#}
{% macro trimmed_column(name, stored) -%}
    {{ trimmed(adapter.quote(name)) if stored == 'VARCHAR' else adapter.quote(name) }}
{%- endmacro %}

{#- One file's version is a literal, those of several are looked up by path. -#}
{% macro file_version_of(files) -%}
    {%- if files | length == 1 -%}
        {{ literal(files[0].version) }}
    {%- else -%}
        map { {%- for file in files %}{{ literal(file.path) }}: {{ literal(file.version) }}{{ ', ' if not loop.last }}{% endfor -%} }[_file]
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__forget_changed_rows(table) -%}
    {%- set versions = [] -%}
    {%- for file in raw_files(table) -%}{%- do versions.append(literal(file.version)) -%}{%- endfor -%}
    delete from {{ this }} where file_version not in ({{ (versions or ["''"]) | join(', ') }})
{%- endmacro %}

{% macro duckdb__raw_row_count(table) -%}
    {%- set counts = ['0'] -%}
    {%- for batch in raw_batches(raw_files(table)) -%}
        {%- do counts.append('(select count(*) from ' ~ raw_scan(batch.files | map(attribute='path'), batch.format, batch.columns) ~ ')') -%}
    {%- endfor -%}
    ({{ counts | join(' + ') }})
{%- endmacro %}
