using System.Globalization;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;

namespace Holdfast.Cli.Demo;

/// <summary>
/// The application of the demonstration: a shop that takes orders without a pause. It keeps an invariant that a torn copy would break: the number
/// and the sum in <c>totals</c> always equal those of <c>orders</c>.
/// </summary>
internal static class DemoApplication
{
    internal const string DatabaseName = "shop.db";

    /// <summary>True exactly when no order is half recorded.</summary>
    internal const string Invariant =
        "select (select number from totals) = (select count(*) from orders) and (select sum from totals) = (select coalesce(sum(amount), 0) from orders)";

    private const int FirstOrders = 60_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private static readonly string[] Migrations =
    [
        """
        create table customers(id integer primary key, name text not null, city text not null);
        create table orders(id integer primary key, customer integer not null references customers(id), amount integer not null, note text not null);
        create index orders_by_customer on orders(customer);
        create table totals(number integer not null, sum integer not null);
        insert into totals values(0, 0);
        """,
    ];

    /// <summary>Takes orders until it is stopped. Seeded, so that the sizes shown are alike everywhere.</summary>
    internal static async Task RunAsync(FilePath folder, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var store = SqliteStore.Open(folder.Combine(DatabaseName).ToString(), Migrations);
        var random = new Random(1);
        if (Orders(store) == 0) Fill(store, random);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            store.InTransaction(() => TakeOrder(store, random));
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static void Fill(SqliteStore store, Random random) => store.InTransaction(() =>
    {
        for (var i = 0; i < 500; i++)
            store.Execute("insert into customers(name, city) values(@name, @city)", ("@name", $"Customer {i:0000}"), ("@city", $"City {i % 37}"));
        for (var i = 0; i < FirstOrders; i++) TakeOrder(store, random);
    });

    private static void TakeOrder(SqliteStore store, Random random)
    {
        var amount = random.Next(100, 100_000);
        var note = string.Join(' ', Enumerable.Range(0, 12).Select(_ => random.Next().ToString("x", CultureInfo.InvariantCulture)));
        store.Execute(
            "insert into orders(customer, amount, note) values(@customer, @amount, @note)",
            ("@customer", random.Next(1, 501)), ("@amount", amount), ("@note", $"deliver to the back door; reference {note}"));
        store.Execute("update totals set number = number + 1, sum = sum + @amount", ("@amount", amount));
    }

    private static long Orders(SqliteStore store) => store.Query("select number from totals", row => row.GetInt64(0))[0];
}
