WITH leg_1 AS (
  SELECT
    spine.period AS "metric_time__week",
    sum(days."buyers") AS "buyers"
  FROM (
    SELECT * FROM VALUES('period Nullable(Date32), first Nullable(Date32), past Nullable(Date32)',
        ('2025-03-03', '2025-02-10', '2025-03-10'),
        ('2025-03-10', '2025-02-17', '2025-03-17'))
  ) AS spine
  JOIN (
    SELECT day, before, count(thing) AS "buyers"
    FROM (
      SELECT day, thing, lag(CAST(day AS Nullable(Date32))) OVER (PARTITION BY thing ORDER BY day) AS before
      FROM (
        SELECT DISTINCT
          CAST("orders"."ordered_at" AS Nullable(Date32)) AS day,
          "orders"."customer_id" AS thing
        FROM "orders" AS "orders"
        WHERE "orders"."ordered_at" >= toDateTime64('2025-02-10 00:00:00', 6, 'UTC')
          AND "orders"."ordered_at" < toDateTime64('2025-03-17 00:00:00', 6, 'UTC')
      ) AS seen
    ) AS dated
    GROUP BY day, before
  ) AS days ON days.day >= spine.first AND days.day < spine.past AND (days.before IS NULL OR days.before < spine.first)
  GROUP BY 1
)
SELECT
  "metric_time__week",
  CASE WHEN "metric_time__week" <= CAST('2025-03-10' AS Nullable(Date32)) THEN COALESCE("buyers", 0) END AS "monthly_buyers"
FROM leg_1
ORDER BY 1 ASC NULLS LAST
