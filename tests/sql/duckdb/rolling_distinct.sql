WITH leg_1 AS (
  SELECT
    slid.period AS "metric_time__week",
    COALESCE(bit_count(who), 0) AS "buyers"
  FROM (
    SELECT period, past, bit_or(who) OVER (ORDER BY day RANGE BETWEEN INTERVAL 27 DAY PRECEDING AND CURRENT ROW) AS who, count(seen) OVER (ORDER BY day RANGE BETWEEN INTERVAL 27 DAY PRECEDING AND CURRENT ROW) AS seen
    FROM (
      SELECT NULL AS period, day, NULL AS past, who, 1 AS seen
      FROM (
        SELECT
          CAST("orders"."ordered_at" AS DATE) AS day,
          bitstring_agg("orders"."customer_id", 1, 9) AS who
        FROM "orders" AS "orders"
        WHERE "orders"."ordered_at" >= TIMESTAMP '2025-02-10 00:00:00'
          AND "orders"."ordered_at" < TIMESTAMP '2025-03-17 00:00:00'
        GROUP BY 1
      ) AS days
      UNION ALL
      SELECT period, past - INTERVAL 1 DAY, past, NULL, NULL
      FROM (
        SELECT * FROM (VALUES
            (DATE '2025-03-03', DATE '2025-02-10', DATE '2025-03-10'),
            (DATE '2025-03-10', DATE '2025-02-17', DATE '2025-03-17')) AS spine(period, first, past)
      ) AS spine
    ) AS dated
  ) AS slid
  WHERE past IS NOT NULL AND seen > 0
)
SELECT
  "metric_time__week",
  CASE WHEN "metric_time__week" <= DATE '2025-03-10' THEN COALESCE("buyers", 0) END AS "monthly_buyers"
FROM leg_1
ORDER BY 1 ASC NULLS LAST
