using Holdfast.Bench;

return await BenchCommandLine.RunAsync(args);
