{#- The z of a two-proportion test with pooled variance: the difference of two rates over its standard
    error, both over a common denominator; NULL where nobody or everybody converted. -#}
{% macro pooled_z(hits, size, other_hits, other_size) -%}
    {%- set both_hits = '(' ~ hits ~ ' + ' ~ other_hits ~ ')' -%}
    {%- set both_sizes = '(' ~ size ~ ' + ' ~ other_size ~ ')' -%}
    ({{ as_double('(' ~ hits ~ ' * ' ~ other_size ~ ' - ' ~ other_hits ~ ' * ' ~ size ~ ')') }}
    / nullif(sqrt(
        {{ as_double(both_hits) }} * ({{ both_sizes }} - {{ both_hits }})
        * {{ as_double(size) }} * {{ other_size }} / {{ both_sizes }}
    ), 0))
{%- endmacro %}

{#- The upper end of Wilson's 95 % interval of a rate, in per cent (E. B. Wilson, 1927, Probable
    inference, the law of succession, and statistical inference). -#}
{% macro wilson_upper(hits, size) -%}
    {%- set z = 'cast(1.959963984540054 as ' ~ double_type() ~ ')' -%}
    (100 * (
        {{ hits }} + {{ z }} * {{ z }} / 2
        + {{ z }} * sqrt({{ as_double(hits) }} * ({{ size }} - {{ hits }}) / {{ size }} + {{ z }} * {{ z }} / 4)
    ) / nullif({{ size }} + {{ z }} * {{ z }}, 0))
{%- endmacro %}
