using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Restores.Inspection;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Inspection;

public sealed class DatabaseQuestionsTests
{
    [Fact]
    public void A_question_without_an_end_does_not_hold()
    {
        using var temp = new TempDirectory();
        using (var connection = SqliteConnections.OpenOrCreate(temp["app.db"])) connection.Execute("create table t(v)");
        using var database = SqliteDatabaseChecks.Open(temp["app.db"]);

        var problems = DatabaseQuestions.Assertion(
            database,
            "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
            TimeSpan.FromMilliseconds(200),
            TestContext.Current.CancellationToken);

        Assert.Equal(["it had no answer within 0.2 s"], problems);
    }
}
