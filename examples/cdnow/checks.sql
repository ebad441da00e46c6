-- Where the numbers under `tests:` come from: worked out in plain SQL, without TrueNorth.
-- Each select stands under the metric, the condition and the number that it gave. Run it in this folder with DuckDB.
create view orders as
select order_id, customer_id, ordered_on, quantity, cast(amount as decimal(18, 2)) as amount
from read_csv('data/cdnow_orders.csv.gz');

-- revenue = 2500315.63
select sum(amount) from orders;

-- revenue | metric_time = '1997-03' = 393155.27
select sum(amount) from orders where ordered_on >= date '1997-03-01' and ordered_on < date '1997-04-01';

-- revenue | metric_time = '1998-06-30' = 2180.65
select sum(amount) from orders where ordered_on = date '1998-06-30';

-- revenue | customers.loyalty = 'once' = 359946.69
select sum(amount) from orders where customer_id in (select customer_id from orders group by customer_id having count(*) = 1);

-- orders = 69659
select count(*) from orders;

-- orders | metric_time = '1997-Q1' = 31798
select count(*) from orders where ordered_on between date '1997-01-01' and date '1997-03-31';

-- orders | customer_id = '00004' = 4
select count(*) from orders where customer_id = '00004';

-- orders | size = '10 and more' = 1113
select count(*) from orders where quantity >= 10;

-- aov | metric_time = '1997-12' = 38.16986821
select sum(amount) / count(*)::double from orders where year(ordered_on) = 1997 and month(ordered_on) = 12;

-- median_order = 25.98
select (select amount from orders order by amount, order_id offset 34829 limit 1);

-- median_order | metric_time = '1998' = 27
with o as (select amount, row_number() over (order by amount) as place, count(*) over () as n from orders where year(ordered_on) = 1998) select avg(amount) from o where place in ((n + 1) // 2, n // 2 + 1);

-- largest_order = 1286.01
select amount from orders order by amount desc limit 1;

-- revenue_growth | metric_time = '1997-03' = 0.03573656
select (select sum(amount) from orders where month(ordered_on) = 3 and year(ordered_on) = 1997)::double / (select sum(amount) from orders where month(ordered_on) = 2 and year(ordered_on) = 1997) - 1;

-- revenue_year_to_date | metric_time = '1998-03' = 262823.89
select sum(amount) from orders where ordered_on >= date '1998-01-01' and ordered_on < date '1998-04-01';

-- revenue_year_to_date | metric_time = '1997-12' = 2024161.26
select sum(amount) from orders where year(ordered_on) = 1997;

-- later_revenue = 1715755.02
select sum(o.amount) from orders as o where exists (select 1 from orders as before where before.customer_id = o.customer_id and before.ordered_on < o.ordered_on);

-- later_share | metric_time = '1997-02' = 0.25990301
with o as (select *, min(ordered_on) over (partition by customer_id) as first_on from orders) select sum(case when ordered_on <> first_on then amount else 0 end)::double / sum(amount) from o where ordered_on >= date '1997-02-01' and ordered_on < date '1997-03-01';

-- revenue_per_customer = 106.08042554
select avg(spent) from (select sum(amount)::double as spent from orders group by customer_id);

-- customers = 23570
select count(*) from (select distinct customer_id from orders);

-- customers | metric_time = '1998-06' = 1506
select count(*) from (select customer_id from orders where ordered_on >= date '1998-06-01' group by customer_id);

-- customers_90_days | metric_time = '1997-06' = 5322
select count(*) from (select distinct customer_id from orders where ordered_on > date '1997-06-30' - 90 and ordered_on <= date '1997-06-30');

-- new_customers | metric_time = '1997-02' = 8476
select count(*) from (select customer_id from orders group by customer_id having min(ordered_on) >= date '1997-02-01' and min(ordered_on) < date '1997-03-01');

-- new_customers | metric_time > '1997-03' = 0
select count(*) from (select min(ordered_on) as first_on from orders group by customer_id) where first_on >= date '1997-04-01';

-- repeat_customers = 11662
select count(distinct one.customer_id) from orders as one join orders as other on one.customer_id = other.customer_id and one.order_id <> other.order_id;

-- repeat_rate | metric_time = '1997-01' = 0.49923528
select avg((n > 1)::integer) from (select customer_id, count(*) as n from orders group by customer_id having date_trunc('month', min(ordered_on)) = date '1997-01-01');

-- lifetime_value | metric_time = '1997-01' = 113.07131787
select sum(amount)::double / count(distinct customer_id) from orders where customer_id in (select customer_id from orders group by customer_id having min(ordered_on) < date '1997-02-01');

-- orders_per_customer | metric_time = '1997-11' = 1.35601578
select avg(n) from (select customer_id, count(*) as n from orders where ordered_on between date '1997-11-01' and date '1997-11-30' group by customer_id);

-- units = 167881
select sum(quantity) from orders;

-- units_per_order | metric_time = '1997' = 2.37153351
select avg(quantity) from orders where year(ordered_on) = 1997;

-- free_orders = 80
select count(*) from orders where amount = 0;

-- free_orders | metric_time = '1997-01' = 32
select count(*) from orders where amount = 0 and ordered_on < date '1997-02-01';

-- first_month_revenue = 897493.00
with o as (select *, min(ordered_on) over (partition by customer_id) as first_on from orders), m as (select *, (year(ordered_on) - year(first_on)) * 12 + month(ordered_on) - month(first_on) as past from o) select sum(amount) from m where past = 0;

-- sixth_month_revenue = 97619.12
with o as (select *, min(ordered_on) over (partition by customer_id) as first_on from orders), m as (select *, (year(ordered_on) - year(first_on)) * 12 + month(ordered_on) - month(first_on) as past from o) select sum(amount) from m where past = 6;

-- revenue_retention = 0.10876867
with o as (select *, min(ordered_on) over (partition by customer_id) as first_on from orders), m as (select *, (year(ordered_on) - year(first_on)) * 12 + month(ordered_on) - month(first_on) as past from o) select sum(case when past = 6 then amount end)::double / sum(case when past = 0 then amount end) from m;

-- revenue_retention | customers.first_ordered_on between date '1997-02-01' and date '1997-02-28' = 0.09828194
with o as (select *, min(ordered_on) over (partition by customer_id) as first_on from orders), m as (select *, (year(ordered_on) - year(first_on)) * 12 + month(ordered_on) - month(first_on) as past from o) select sum(case when past = 6 then amount end)::double / sum(case when past = 0 then amount end) from m where date_trunc('month', first_on) = date '1997-02-01';
