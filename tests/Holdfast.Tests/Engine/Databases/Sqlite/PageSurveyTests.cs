using System.Globalization;
using System.Text;
using Holdfast.Engine.Databases.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

public class PageSurveyTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private string Database => _scratch.File("app.db");

    private string Copy => _scratch.File("copy.db");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Counts_what_sqlite_counts_on_random_schemas(int seed)
    {
        var random = new Random(seed);
        using var live = Create(512 << (seed - 1), random.Next(3), random.Next(2) == 0 ? "wal" : "delete", 1 + seed % 3);
        for (var table = 0; table < 30; table++) AddRandomTable(live, table, random);
        live.Execute("create view some as select 1; create table dropped(v); create table empty(v)");
        live.Execute("insert into dropped select randomblob(3000) from (values(1),(2),(3),(4),(5),(6),(7),(8))");
        live.Execute("drop table dropped");

        var summary = await Images.SaveAsync(Database, Copy);

        Images.AssertSound(Copy, summary);
        Assert.Contains(summary.Tables, t => t.Table == "empty" && t.Rows == 0);
        Assert.Equal(Convert.ToUInt32(live.Scalar("PRAGMA schema_version"), CultureInfo.InvariantCulture), summary.SchemaVersion);
    }

    [Fact]
    public async Task Knows_shadow_tables_long_names_and_the_user_version()
    {
        using var live = Create(1024, 0, "wal", 1);
        var name = new string('n', 5000);
        live.Execute($"PRAGMA user_version=-42; create table \"{name} \"\"é\"(v); insert into \"{name} \"\"é\" values (1), (2)");
        live.Execute("create virtual table notes using fts5(body); insert into notes values ('one'), ('two'), ('three')");
        live.Execute("create virtual table boxes using rtree(id, a, b); insert into boxes values (1, 2, 3)");

        var summary = await Images.SaveAsync(Database, Copy);

        Images.AssertSound(Copy, summary);
        Assert.Equal(-42, summary.UserVersion);
        Assert.Contains(new TableRows(name + " \"é", 2, true), summary.Tables);
        Assert.Contains(new TableRows("notes_content", 3, true), summary.Tables);
        Assert.DoesNotContain(summary.Tables, t => t.Table == "notes");
    }

    [Fact]
    public async Task Pages_fed_in_any_order_by_many_threads_give_the_same_summary()
    {
        using var live = Create(512, 0, "delete", 1);
        for (var table = 0; table < 20; table++) AddRandomTable(live, table, new Random(table));
        await using var image = await Images.OpenAsync(Database);
        Parallel.For(0, (int)image.PageCount, i =>
        {
            var page = new byte[image.PageSize];
            image.Read((long)(image.PageCount - 1 - i) * image.PageSize, page);
            image.Survey.Add((long)(image.PageCount - 1 - i) * image.PageSize, page);
        });
        var parallel = image.Summarise(TestContext.Current.CancellationToken);
        var inOrder = Images.Save(image, Copy);
        Assert.Equal(inOrder.Tables, parallel.Tables);
        Images.AssertSound(Copy, parallel);
    }

    [Fact]
    public async Task Pages_that_were_never_fed_are_read_when_needed()
    {
        using var live = Create(512, 0, "delete", 1);
        AddRandomTable(live, 0, new Random(5));
        await using var image = await Images.OpenAsync(Database);
        var summary = image.Summarise(TestContext.Current.CancellationToken);
        Assert.Equal(Images.Save(image, Copy).Tables, summary.Tables);
        Assert.Empty(summary.Damage);
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("noise")]
    [InlineData("other")]
    public async Task Names_every_damaged_page_that_a_table_or_index_needs(string kind)
    {
        var trees = CreateForDamage(out var roots);
        var random = new Random(3);
        foreach (var (page, owner) in trees.Where(t => t.Page > 1))
        {
            File.Copy(Database, Copy, overwrite: true);
            Overwrite(Copy, page, kind, roots.Contains(page), random);
            var summary = await Images.SaveAsync(Copy, _scratch.File("image.db"));
            Assert.Contains(summary.Damage, d => d.Page == page && d.Owner == owner);
            if (owner == "t") Assert.False(summary.Tables.Single(t => t.Table == "t").IsComplete);
            Assert.Equal(File.ReadAllBytes(Copy), File.ReadAllBytes(_scratch.File("image.db")));
        }
    }

    [Fact]
    public async Task A_truncated_file_is_saved_as_far_as_it_goes_and_named()
    {
        CreateForDamage(out _);
        using (var file = File.OpenWrite(Database)) file.SetLength(file.Length / 2 / 4096 * 4096 + 100);
        var summary = await Images.SaveAsync(Database, Copy);
        Assert.Equal((new FileInfo(Database).Length + 4095) / 4096, summary.PageCount);
        Assert.Contains(summary.Damage, d => d.Reason.Contains("should have", StringComparison.Ordinal));
        Assert.Contains(summary.Damage, d => d.Reason.Contains("no such page", StringComparison.Ordinal) && d.Owner is not null);
        Assert.Equal(File.ReadAllBytes(Database), File.ReadAllBytes(Copy).AsSpan(0, (int)new FileInfo(Database).Length).ToArray());
    }

    [Fact]
    public async Task A_file_of_noise_behind_a_sound_header_neither_crashes_nor_loops()
    {
        CreateForDamage(out _);
        var bytes = File.ReadAllBytes(Database);
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var noise = (byte[])bytes.Clone();
            random.NextBytes(noise.AsSpan(seed % 2 == 0 ? 4096 : 100));
            // Pages that pass for b-tree pages at first sight.
            for (var page = 4096; page < noise.Length; page += 4096)
            {
                noise[page] = (byte)(new[] { 2, 5, 10, 13 })[random.Next(4)];
                noise.AsSpan(page + 3, 5).Clear();
                noise[page + 4] = (byte)random.Next(3);
                noise[page + 6] = 64;
            }

            File.WriteAllBytes(Copy, noise);
            var summary = await Images.SaveAsync(Copy, _scratch.File("image.db"));
            Assert.NotEmpty(summary.Damage);
            Assert.InRange(summary.Damage.Count, 1, SqliteImageSummary.MaximumDamage);
        }
    }

    // The pages of all trees with their owners, from SQLite's own dbstat.
    private List<(uint Page, string Owner)> CreateForDamage(out HashSet<uint> roots)
    {
        using var live = Create(4096, 0, "delete", 1);
        live.Execute("create table t(id integer primary key, v text); create index i on t(v); create table w(k primary key, v) without rowid");
        live.Execute("with recursive n(i) as (select 1 union all select i+1 from n where i < 900) insert into t select i, hex(randomblob(40)) from n");
        live.Execute("insert into w select v, id from t");
        roots = [.. ((string)live.Scalar("select group_concat(rootpage) from sqlite_schema")!).Split(',').Select(r => uint.Parse(r, CultureInfo.InvariantCulture))];
        using var command = live.Command("select pageno, name from dbstat where pagetype in ('leaf', 'internal')");
        using var reader = command.ExecuteReader();
        var pages = new List<(uint, string)>();
        while (reader.Read()) pages.Add(((uint)reader.GetInt64(0), reader.GetString(1)));
        Assert.True(pages.Count > 50);
        return pages;
    }

    private static void Overwrite(string path, uint page, string kind, bool isRoot, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        var target = bytes.AsSpan((int)(page - 1) * 4096, 4096);
        if (kind == "zeros") target.Clear();
        else if (kind == "noise") random.NextBytes(target);
        // A page of the other kind of tree with nothing on it, as a lost write of another time could leave behind.
        else new byte[] { (byte)(target[0] is 13 or 5 ? 10 : 13), 0, 0, 0, 0, 16, 0, 0 }.CopyTo(target);
        if (kind == "noise" && target[0] is 2 or 5 or 10 or 13) target[0] = 77;
        // The kind of the root decides the kind of the tree; only its first byte could say that it is wrong.
        if (kind == "other" && isRoot) target[0] = 77;
        File.WriteAllBytes(path, bytes);
    }

    private SqliteConnection Create(int pageSize, int autoVacuum, string mode, int encoding)
    {
        var live = SqliteConnections.OpenOrCreate(Database);
        var encodingName = encoding switch { 2 => "UTF-16le", 3 => "UTF-16be", _ => "UTF-8" };
        live.Execute($"PRAGMA encoding='{encodingName}'; PRAGMA page_size={pageSize}; PRAGMA auto_vacuum={autoVacuum}; PRAGMA journal_mode={mode}; PRAGMA synchronous=OFF");
        // Debian's library wipes freed pages; most others leave their old b-tree pages behind.
        live.Execute("PRAGMA secure_delete=OFF");
        return live;
    }

    private static void AddRandomTable(SqliteConnection live, int table, Random random)
    {
        var name = $"\"table {table} {(table % 5 == 0 ? "größe" : "")}\"";
        var sql = new StringBuilder().Append("create table ").Append(name).Append("(a, b, c").Append(table % 3 == 0 ? ", primary key(a, b)) without rowid" : ")");
        live.Execute(sql.ToString());
        if (table % 2 == 0) live.Execute($"create index \"index {table}\" on {name}(c, b)");
        var rows = random.Next(4) == 0 ? random.Next(3) : random.Next(600);
        var size = random.Next(3) == 0 ? random.Next(1, 9000) : random.Next(1, 60);
        if (size > 1000) rows /= 20;
        live.Execute(
            $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) insert into {name} select i, randomblob(9), randomblob({size}) from n where {rows} > 0");
        live.Execute($"delete from {name} where a % {random.Next(2, 9)} = 0");
    }
}
