// A second process for tests: an application that writes to an SQLite database while it is backed up.
//   sql PATH               runs each line of standard input as SQL and answers with one line
//   transfers PATH SEED    moves money between accounts without end; "count" asks for the commits so far
//   image PATH TARGET      writes an image of the database to a file
using Holdfast.Writer;

return args switch
{
    ["sql", var path] => SqlSession.Run(path),
    ["transfers", var path, var seed, .. var options] => Transfers.Run(path, int.Parse(seed, null), options.Contains("calm")),
    ["image", var path, var target] => await ImageFile.WriteAsync(path, target),
    _ => 2,
};
