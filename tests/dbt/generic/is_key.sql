{#- Fails for a key that stands twice, and for a key of one column that is missing. -#}
{% test is_key(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1{% if columns | length == 1 %} or {{ columns[0] }} is null{% endif %}

{% endtest %}
