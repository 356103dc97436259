using System.Text;
using FsCheck.Fluent;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Dumps of databases, loaded by Holdfast and by the real sqlite3.</summary>
public sealed class SqlDumpTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Every_real_number_comes_back_bit_for_bit()
    {
        using var database = SqliteConnections.OpenOrCreate(_temp["reals.db"]);
        var bits = Property.Byte.ArrayOf(8).Select(bytes => BitConverter.ToDouble(bytes));
        var decimals = Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(-30, 30)).Select(pair => pair.Item1 * Math.Pow(10, pair.Item2));
        var prices = Gen.Choose(0, 10_000_000).Select(cents => cents / 100.0);
        var special = Gen.Elements(0.0, -0.0, double.MaxValue, double.MinValue, double.Epsilon, 2.2250738585072014e-308, 1e22, 1e23, 5e-324, 0.1 + 0.2, 9007199254740993.0);
        Property.Check(Gen.OneOf(bits, decimals, prices, special).Where(value => !double.IsNaN(value)), 3000, value =>
            BitConverter.DoubleToInt64Bits((double)database.Scalar($"select {SqlReal.Text(value)}")!) == BitConverter.DoubleToInt64Bits(value));
    }

    [Fact]
    public void Ordinary_numbers_stay_readable() =>
        Assert.Equal(["19.99", "5.0", "-0.001", "9e999"], new[] { 19.99, 5.0, -0.001, double.PositiveInfinity }.Select(SqlReal.Text));

    [Fact]
    public async Task Every_value_comes_back_through_the_real_sqlite3()
    {
        var sqlite3 = RealComponent.Require("sqlite3");
        using (var database = SqliteConnections.OpenOrCreate(_temp["values.db"]))
        {
            database.Execute("create table v(id integer primary key, a, b)");
            var id = 0;
            Property.Check(Property.AwkwardBytes, 300, bytes =>
            {
                database.Execute("insert into v values ($id, cast($bytes as text), $bytes)", ("$id", ++id), ("$bytes", bytes));
                return true;
            });
            database.Execute("insert into v(a, b) values (-9223372036854775808, 9223372036854775807), (null, 1e999), ('.quit' || char(10) || '.exit', 'a' || char(10) || ';' || char(10) || 'go')");
            database.Execute("insert into v(a, b) values (char(13) || char(10), cast(x'00' as text)), ('', x'')");
        }

        var loaded = await LoadWithSqlite3Async(sqlite3, "values.db");

        const string Hashes = "select id, typeof(a), hex(a), typeof(b), hex(b) from v order by id";
        Assert.Equal(await AskAsync(sqlite3, _temp["values.db"], Hashes), await AskAsync(sqlite3, loaded, Hashes));
    }

    [Theory]
    [InlineData("create table a(id integer primary key autoincrement, x); insert into a(x) values (1), (2); delete from a where id = 2")]
    [InlineData("create table a(k text primary key, v) without rowid; insert into a values ('x', 1); create index i on a(v) where v > 0")]
    [InlineData("create table a(x, y generated always as (x * 2) stored, z as (x + 1)); insert into a(x) values (3)")]
    [InlineData("create table a(x); insert into a(rowid, x) values (7, 'seven'), (9, 'nine'); create view w as select * from a; create trigger t after insert on a begin insert into a select 1 where 0; select ';'; end")]
    [InlineData("create virtual table f using fts5(body); insert into f values ('lorem ipsum'), ('dolor')")]
    [InlineData("create table \"od\"\"d\"(\"a b\", 'c''d'); insert into \"od\"\"d\" values (1, 2) -- note")]
    [InlineData("create table p(id integer primary key); create table c(p references p(id) on delete cascade); insert into p values (1); insert into c values (1); pragma user_version = 42; pragma application_id = 7")]
    [InlineData("create table a(x real, y integer, z any) strict; insert into a values (1, 2, '3')")]
    [InlineData("pragma encoding = 'UTF-16le'; create table a(x); insert into a values ('Grüße 🌍'), (cast(x'00d8' as text))")]
    [InlineData("create table a(x); insert into a values (1); create index i on a(x); analyze")]
    [InlineData("create table a(rowid, x); insert into a(rowid, x) values ('mine', 1)")]
    [InlineData("create table a(x integer primary key desc, y); insert into a values (5, 'five')")]
    [InlineData("create table a(x) /* no semicolon; here */")]
    public async Task A_schema_comes_back_through_both_loaders(string sql)
    {
        var sqlite3 = RealComponent.Require("sqlite3");
        using (var database = SqliteConnections.OpenOrCreate(_temp["schema.db"])) database.Execute(sql);

        var original = await AskAsync(sqlite3, _temp["schema.db"], ".dump --preserve-rowids");
        var theirs = await LoadWithSqlite3Async(sqlite3, "schema.db");
        SqlLoad.Run(new MemoryStream(Dump("schema.db")), _temp["ours.db"], "dump", long.MaxValue, Token);

        Assert.Equal(original, await AskAsync(sqlite3, theirs, ".dump --preserve-rowids"));
        Assert.Equal(original, await AskAsync(sqlite3, _temp["ours.db"], ".dump --preserve-rowids"));
        const string Numbers = "pragma user_version; pragma application_id; pragma encoding; pragma integrity_check; select count(*) from pragma_foreign_key_check";
        Assert.Equal(await AskAsync(sqlite3, _temp["schema.db"], Numbers), await AskAsync(sqlite3, theirs, Numbers));
    }

    [Fact]
    public void What_sqlite3_dumps_is_loaded_as_well()
    {
        const string Text = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(x);\nINSERT INTO t VALUES(replace('a\\nb','\\n',char(10)));\nINSERT INTO t VALUES(1.0e+999);\nCOMMIT;\n";

        SqlLoad.Run(new MemoryStream(Encoding.UTF8.GetBytes(Text)), _temp["theirs.db"], "dump", long.MaxValue, Token);

        using var database = SqliteConnections.Open(_temp["theirs.db"]);
        Assert.Equal(2L, database.Scalar("select count(*) from t"));
    }

    [Theory]
    [InlineData("attach '/tmp/elsewhere.db' as x; create table x.t(a);", "attach")]
    [InlineData("create table t(a); vacuum into '/tmp/elsewhere.db';", "attach")]
    [InlineData("select load_extension('/tmp/evil.so');", "")]
    [InlineData("pragma journal_mode=wal;", "journal_mode")]
    [InlineData("create table t(a); insert into t with recursive c(x) as (select 1 union all select x + 1 from c) select x from c;", "recursive")]
    [InlineData(".shell touch /tmp/evil\n;", "syntax")]
    [InlineData("BEGIN; create table t(a);", "cut off")]
    [InlineData("create table t(a); insert into t values ('never", "cut off")]
    [InlineData("create table t(a); nonsense;", "syntax")]
    [InlineData("", "empty")]
    public void A_hostile_or_broken_dump_is_refused(string sql, string why)
    {
        var error = Assert.Throws<HoldfastException>(
            () => SqlLoad.Run(new MemoryStream(Encoding.UTF8.GetBytes(sql)), _temp["hostile.db"], "dump", long.MaxValue, Token));

        Assert.Equal(FailureKind.Damaged, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists("/tmp/elsewhere.db"));
    }

    [Fact]
    public void A_dump_that_makes_more_than_there_is_room_for_is_refused()
    {
        var bomb = Encoding.UTF8.GetBytes("create table t(a);\n" + string.Concat(Enumerable.Repeat("insert into t values (zeroblob(100000));\n", 100)));

        var error = Assert.Throws<HoldfastException>(() => SqlLoad.Run(new MemoryStream(bomb), _temp["bomb.db"], "dump", 1 << 20, Token));

        Assert.Equal(FailureKind.NoSpace, error.Kind);
        Assert.True(new FileInfo(_temp["bomb.db"]).Length <= 1 << 20);
    }

    private byte[] Dump(string name)
    {
        var dump = new MemoryStream();
        SqlDump.Write(_temp[name], name, dump, Token);
        return dump.ToArray();
    }

    private async Task<string> LoadWithSqlite3Async(string sqlite3, string name)
    {
        var sql = _temp[name + ".sql"];
        await File.WriteAllBytesAsync(sql, Dump(name), Token);
        var loaded = _temp[name + ".loaded"];
        (await RunningProcess.RunAsync("/bin/sh", ["-c", $"'{sqlite3}' -bail '{loaded}' < '{sql}'"])).Expect(0);
        return loaded;
    }

    private static async Task<string> AskAsync(string sqlite3, string database, string question) =>
        (await RunningProcess.RunAsync(sqlite3, [database, question])).Expect(0).Output;
}
