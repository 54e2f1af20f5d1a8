{# The lines of a kind's files as text. Without quoting every line is a record; lines of another width fall away. #}
{% macro returns(kind) %}
(
    {% for encoding, paths in var('files')[kind].items() %}
    from read_csv(
        {{ paths }}, encoding = '{{ encoding }}', delim = ';', quote = '', escape = '', header = true, auto_detect = false, ignore_errors = true,
        columns = { {% for name in var('columns')[kind] %}'{{ name }}': 'VARCHAR'{{ ', ' if not loop.last }}{% endfor %} }
    )
    {{ 'union all' if not loop.last }}
    {% endfor %}
)
{% endmacro %}

{% macro plain(cell) %}trim(case when {{ cell }} like '"%"' then {{ cell }}[2:-2] else {{ cell }} end){% endmacro %}

{% macro as_day(cell) %}cast(try_strptime({{ plain(cell) }}, ['%d/%m/%Y', '%Y-%m-%d', '%d-%m-%Y']) as date){% endmacro %}

{% macro as_amount(cell) %}try_cast(replace(replace({{ plain(cell) }}, ' ', ''), ',', '.') as decimal(14, 2)){% endmacro %}

{% macro as_siret(cell) %}regexp_extract(replace({{ plain(cell) }}, ' ', ''), '^[0-9]{14}$'){% endmacro %}

{# The code that a cell means: null where it is empty, `unreadable` where it means none. #}
{% macro as_code(list, cell) %}
case when {{ cell }} is not null then
    coalesce((select s.code from {{ ref('spellings') }} as s where s.list = '{{ list }}' and s.spelling = {{ plain(cell) }}), 'unreadable')
end
{% endmacro %}
