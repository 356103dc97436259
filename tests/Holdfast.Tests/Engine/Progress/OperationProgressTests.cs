using Holdfast.Engine.Progress;
using Xunit;

namespace Holdfast.Tests.Engine.Progress;

public sealed class OperationProgressTests
{
    [Fact]
    public void Counts_what_the_workers_do()
    {
        var progress = new OperationProgress();
        progress.Begin("reading", 8000);
        Parallel.For(0, 1000, _ =>
        {
            progress.AddBytes(8);
            progress.AddItem();
        });
        Assert.Equal(("reading", 8000, 8000, 1000), (progress.Step, progress.Bytes, progress.TotalBytes, progress.Items));
    }

    [Fact]
    public void A_new_step_starts_from_nothing()
    {
        var progress = new OperationProgress();
        progress.Begin("one", 100);
        progress.AddBytes(50);
        progress.AddItem();
        progress.Begin("two");
        Assert.Equal(("two", 0, 0, 0), (progress.Step, progress.Bytes, progress.TotalBytes, progress.Items));
    }
}
