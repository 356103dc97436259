using Holdfast.Engine.Databases;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Exchanges;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Holdfast.Testing.Postgres;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Exchanges;

/// <summary>Databases of a real server that take the place of others. Each step is done by an instance of its own, as after a kill.</summary>
public sealed class ServedExchangeTests(SharedPostgresCluster shared)
{
    private const string Value = "select x from t";

    private readonly RestoreLog _log = new();
    private PostgresCluster _cluster = null!;
    private string _name = string.Empty;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Staged => _name + "_staged";

    private string Kept => _name + "_kept";

    [Fact]
    public async Task Done_it_has_the_name_and_done_again_nothing_changes()
    {
        var item = await PrepareAsync();

        await Exchange(item).ForwardAsync();
        await Exchange(item).ForwardAsync();
        await Exchange(item).VerifyAsync();

        Assert.Equal(("new", "old"), (await AskAsync(_name), await AskAsync(Kept)));
        await Exchange(item).DropAsync();
        await Exchange(item).DropAsync();
        await ExpectOnlyAsync(_name);
    }

    [Fact]
    public async Task Undone_before_the_exchange_or_after_it_or_halfway_the_old_one_has_its_name_and_the_new_one_is_gone()
    {
        var before = await PrepareAsync();
        Assert.Empty(await Exchange(before).PutBackAsync());
        Assert.Equal("old", await AskAsync(_name));
        await ExpectOnlyAsync(_name);

        var after = await PrepareAsync();
        await Exchange(after).ForwardAsync();
        Assert.Empty(await Exchange(after).PutBackAsync());
        Assert.Empty(await Exchange(after).PutBackAsync());
        Assert.Equal("old", await AskAsync(_name));
        await ExpectOnlyAsync(_name);

        // Killed between giving the names back and dropping the new one.
        var halfway = await PrepareAsync();
        await Exchange(halfway).ForwardAsync();
        await RenameAsync((_name, Staged), (Kept, _name));
        Assert.Empty(await Exchange(halfway).PutBackAsync());
        Assert.Equal("old", await AskAsync(_name));
        await ExpectOnlyAsync(_name);
        Assert.True(await Exchange(halfway).IsLostAsync());
    }

    [Fact]
    public async Task What_was_written_to_the_new_one_is_set_aside_when_the_old_one_comes_back()
    {
        var item = await PrepareAsync();
        await Exchange(item).ForwardAsync();
        await _cluster.QueryAsync(_name, "update t set x = 'written'");

        var remark = Assert.Single(await Exchange(item).PutBackAsync());

        Assert.Equal("old", await AskAsync(_name));
        var aside = await _cluster.QueryAsync("postgres", $"select datname from pg_database where datname like '{_name}_replaced_%'");
        Assert.Contains(aside, remark, StringComparison.Ordinal);
        Assert.Equal("written", await AskAsync(aside));
    }

    [Fact]
    public async Task What_was_written_to_the_old_one_after_it_was_saved_is_not_dropped()
    {
        var item = await PrepareAsync();
        await _cluster.QueryAsync(_name, "insert into t values ('late')");
        await Exchange(item).ForwardAsync();

        await Exchange(item).DropAsync();

        Assert.Equal("2", await _cluster.QueryAsync(Kept, "select count(*) from t"));
        Assert.Contains(_log.Notices, notice => notice.Contains(Kept, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_keeps_it_from_being_replaced_unless_it_may_be_ended()
    {
        var item = await PrepareAsync();
        await using var user = await SessionAsync();

        var refused = await Assert.ThrowsAsync<HoldfastException>(() => Exchange(item).ForwardAsync());
        Assert.Equal(FailureKind.Busy, refused.Kind);
        Assert.Contains("orchardd", refused.Message, StringComparison.Ordinal);
        Assert.Equal("old", await AskAsync(_name));

        await new ServedExchange([item], TimeProvider.System, _log) { EndsSessions = true }.ForwardAsync();
        Assert.Equal("new", await AskAsync(_name));
    }

    [Fact]
    public async Task Who_uses_the_new_one_is_told_of_and_ended_when_the_old_one_comes_back()
    {
        var item = await PrepareAsync();
        await Exchange(item).ForwardAsync();
        await using var user = await SessionAsync();

        Assert.Contains("orchardd", (await Assert.ThrowsAsync<HoldfastException>(() => Exchange(item).RefuseUsersAsync())).Message, StringComparison.Ordinal);
        await Exchange(item).PutBackAsync();

        Assert.Equal("old", await AskAsync(_name));
    }

    [Fact]
    public async Task Where_there_was_none_it_is_made_and_undone_it_goes_away()
    {
        var item = await PrepareAsync();
        await _cluster.QueryAsync("postgres", $"drop database {_name}");
        item = item with { Old = null, Kept = null, OldMark = null };

        await Exchange(item).ForwardAsync();
        Assert.Equal("new", await AskAsync(_name));
        Assert.Empty(await Exchange(item).PutBackAsync());

        await ExpectOnlyAsync();
        // Somebody else's by the same name is not ours to take away.
        await _cluster.QueryAsync("postgres", $"create database {_name}");
        Assert.Empty(await Exchange(item).PutBackAsync());
        await ExpectOnlyAsync(_name);
    }

    [Fact]
    public async Task One_that_goes_away_is_kept_until_the_end_and_comes_back_when_it_is_undone()
    {
        var item = await PrepareAsync() with { Staged = null, New = null, NewMark = null };
        await _cluster.QueryAsync("postgres", $"drop database {Staged}");

        await Exchange(item).ForwardAsync();
        await Exchange(item).ForwardAsync();
        await ExpectOnlyAsync(Kept);
        Assert.Empty(await Exchange(item).PutBackAsync());
        Assert.Equal("old", await AskAsync(_name));

        await Exchange(item).ForwardAsync();
        await Exchange(item).DropAsync();
        await ExpectOnlyAsync();
    }

    [Fact]
    public async Task What_is_gone_or_of_somebody_else_is_named()
    {
        var item = await PrepareAsync();
        await _cluster.QueryAsync("postgres", $"drop database {Staged}");
        Assert.Equal(FailureKind.NotFound, (await Assert.ThrowsAsync<HoldfastException>(() => Exchange(item).ForwardAsync())).Kind);

        item = await PrepareAsync();
        await Exchange(item).ForwardAsync();
        await _cluster.QueryAsync("postgres", $"drop database {_name}");
        await _cluster.QueryAsync("postgres", $"create database {_name}");
        Assert.Equal(FailureKind.Busy, (await Assert.ThrowsAsync<HoldfastException>(() => Exchange(item).ForwardAsync())).Kind);
        Assert.Contains("replaced by something else", Assert.Single(await Exchange(item).PutBackAsync()), StringComparison.Ordinal);
        Assert.Equal("old", await AskAsync(_name));

        item = await PrepareAsync();
        await Exchange(item).ForwardAsync();
        await _cluster.QueryAsync("postgres", $"drop database {Kept}");
        Assert.Contains("is gone", Assert.Single(await Exchange(item).PutBackAsync()), StringComparison.Ordinal);
        Assert.NotEmpty(_log.Problems);
        Assert.Equal("new", await AskAsync(_name));
    }

    [Fact]
    public void The_journal_gives_back_what_it_was_given()
    {
        var item = new ServedExchangeItem
        {
            Name = "main",
            Server = StoredAddress.Of(PostgresAddress.Parse("host=/run/x dbname=orchard") with { Password = new Holdfast.Engine.Secrets.PassphraseSource.SecretFile("/etc/secret") }),
            Database = "orchard",
            Staged = "s",
            Kept = "k",
            Old = 1,
            New = 2,
            OldMark = "a",
            NewMark = "b",
            KeepsOld = true,
        };
        var document = new ExchangeDocument { Phase = ExchangePhase.Exchanging, Served = [item], EndsSessions = true };

        var read = ExchangeDocument.Parse(document.Serialize());

        Assert.Equal(document.Serialize(), read.Serialize());
        Assert.Equal(item.Server.ToAddress(), read.Served[0].Server.ToAddress());
        Assert.Equal((1, 2, true, true), (read.Served[0].Old, read.Served[0].New, read.Served[0].KeepsOld, read.EndsSessions));
        Assert.Empty(ExchangeDocument.Parse("""{"Phase":"Staged","Items":[]}""").Served);
    }

    private ServedExchange Exchange(ServedExchangeItem item) => new([item], TimeProvider.System, _log);

    /// <summary>An old database with a new one beside it.</summary>
    private async Task<ServedExchangeItem> PrepareAsync()
    {
        _cluster = await shared.GetAsync();
        _name = await _cluster.NewDatabaseAsync("create table t as select 'old'::text as x");
        await _cluster.QueryAsync("postgres", $"create database {Staged}");
        await _cluster.QueryAsync(Staged, "create table t as select 'new'::text as x");
        var address = PostgresAddress.Parse(_cluster.ConnectionString(_name));
        var server = await PostgresServer.ResolveAsync(address, TimeProvider.System, Token);
        await using var maintenance = await PostgresMaintenance.OpenAsync(server, Token);
        var there = await maintenance.IdentitiesAsync(Token);
        return new ServedExchangeItem
        {
            Name = "main",
            Server = StoredAddress.Of(address),
            Database = _name,
            Staged = Staged,
            Kept = Kept,
            Old = there[_name],
            New = there[Staged],
            OldMark = await DatabaseMark.OfAsync(server, Token),
            NewMark = await DatabaseMark.OfAsync(server.With(Staged), Token),
        };
    }

    private async Task<RunningProcess> SessionAsync()
    {
        var user = RunningProcess.Start(
            PostgresInstallation.Require("psql"), ["-X", "-q", "-A", "-t", _name], new Dictionary<string, string?>(_cluster.ClientVariables) { ["PGAPPNAME"] = "orchardd" }, "/");
        await user.TypeAsync("select 'here';\n");
        await user.WaitForLineAsync(line => line == "here");
        return user;
    }

    private async Task RenameAsync(params (string From, string To)[] names)
    {
        foreach (var (from, to) in names) await _cluster.QueryAsync("postgres", $"alter database {from} rename to {to}");
    }

    private Task<string> AskAsync(string database) => _cluster.QueryAsync(database, Value);

    private async Task ExpectOnlyAsync(params string[] names) => Assert.Equal(
        string.Join('\n', names), await _cluster.QueryAsync("postgres", $"select datname from pg_database where datname like '{_name}%' order by 1"));
}
