{% test not_after_today(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} > current_date
{% endtest %}

{% test unique_together(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by all having count(*) > 1
{% endtest %}

{% test not_before(model, column_name, earlier) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < {{ earlier }}
{% endtest %}
